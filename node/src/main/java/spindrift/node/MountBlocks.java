package spindrift.node;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import spindrift.base.AbsentException;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.IntegrityException;
import spindrift.blocks.LeafPlace;
import spindrift.ipld.Block;
import spindrift.ipld.Cid;
import spindrift.ipld.UnixFsNode;
import spindrift.mount.BlockAnswer;
import spindrift.mount.Depot;
import spindrift.nix.NarInfo;
import spindrift.nix.NixHash;
import spindrift.nix.StorePath;
import spindrift.substitute.PathSources;

/** The blocks that mounts read, wherever they are. Safe for use by several threads. */
final class MountBlocks {
  private static final System.Logger LOG = System.getLogger(MountBlocks.class.getName());

  /** Ours: a node that was just started has found its peers by then, and peers each other. */
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** Ours: NARs of which is remembered that all of them was kept. */
  private static final int MAX_WHOLE = 4096;

  /** Ours: the nodes of some thousand files. */
  private static final int MAX_NODE_BYTES = 1 << 19;

  private final DataDirectory data;
  private final PathSources sources;
  private final MountNars nars;
  private final Set<NixHash> whole = boundedSet();

  MountBlocks(DataDirectory data, PathSources sources, MountNars nars) {
    this.data = data;
    this.sources = sources;
    this.nars = nars;
  }

  private static Set<NixHash> boundedSet() {
    return Collections.synchronizedSet(
        Collections.newSetFromMap(
            new LinkedHashMap<>() {
              private static final long serialVersionUID = 1;

              @Override
              protected boolean removeEldestEntry(Map.Entry<NixHash, Boolean> eldest) {
                return size() > MAX_WHOLE;
              }
            }));
  }

  /** Takes the nodes of a view. */
  @FunctionalInterface
  interface Nodes {
    void node(Cid cid, Bytes bytes);
  }

  /**
   * Tells of those nodes of a view that are here, from its root on, as far as they are few: of
   * files in many leaves, too.
   */
  void viewNodes(Cid view, Nodes nodes) throws IOException {
    Deque<Cid> open = new ArrayDeque<>(List.of(view));
    int left = MAX_NODE_BYTES;
    while (!open.isEmpty() && left > 0) {
      Cid cid = open.removeFirst();
      if (cid.codec() == Cid.DAG_PB
          && bytesHere(cid).orElse(null) instanceof BlockAnswer.Content(Bytes bytes)) {
        left -= bytes.size();
        nodes.node(cid, bytes);
        open.addAll(partsOf(bytes));
      }
    }
  }

  private static List<Cid> partsOf(Bytes node) {
    try {
      return UnixFsNode.decode(node) instanceof UnixFsNode.File file
          ? file.parts().stream().map(UnixFsNode.Part::cid).toList()
          : List.of();
    } catch (FaultException e) {
      return List.of(); // whoever reads the view says so
    }
  }

  /** As {@link Depot#places}. */
  void places(List<Cid> leaves, LeafPlace.Found found) throws IOException {
    data.blocks().places(leaves, found);
  }

  /** Answers those blocks that lie in files of this machine, and returns the rest. */
  List<Cid> answerPlaces(List<Cid> cids, Depot.Answers answers) throws IOException {
    return answer(cids, answers, this::placeOf);
  }

  /** Answers those blocks that are here with their bytes, and returns the rest. */
  List<Cid> answerBytes(List<Cid> cids, Depot.Answers answers) throws IOException {
    return answer(cids, answers, this::bytesHere);
  }

  /** Finds a block without asking others. */
  @FunctionalInterface
  private interface Finder {
    Optional<BlockAnswer> find(Cid cid) throws IOException;
  }

  private static List<Cid> answer(List<Cid> cids, Depot.Answers answers, Finder finder)
      throws IOException {
    List<Cid> missing = new ArrayList<>();
    for (Cid cid : cids) {
      Optional<BlockAnswer> here = finder.find(cid);
      if (here.isPresent()) {
        answers.answer(cid, here.get());
      } else {
        missing.add(cid);
      }
    }
    return missing;
  }

  /**
   * As {@link Depot#fetch}, for blocks that are not here.
   *
   * @param wanted whether somebody still waits for the answer
   */
  void fetch(StorePath path, List<Cid> cids, BooleanSupplier wanted, Depot.Answers answers)
      throws IOException, FaultException {
    try {
      fetchInRounds(path, cids, wanted, answers);
    } finally {
      nars.used();
    }
  }

  private void fetchInRounds(
      StorePath path, List<Cid> cids, BooleanSupplier wanted, Depot.Answers answers)
      throws IOException, FaultException {
    String why = "nobody gives it";
    List<Cid> missing = cids;
    long until = System.nanoTime() + PATIENCE.toNanos();
    for (int round = 0; !missing.isEmpty() && wanted.getAsBoolean(); round++) {
      if (round > 0) {
        if (System.nanoTime() - until > 0) {
          break;
        }
        sources.awaitPeers();
      }
      missing = fetchElsewhere(path, missing, wanted, answers);
      if (!missing.isEmpty() && wanted.getAsBoolean()) {
        Whole whole = fetchWhole(path, missing.getFirst());
        why = whole.why();
        missing = answerBytes(missing, answers);
        // What was kept and is not there any more was collected in between: it comes again.
        if (whole.state() == State.KEPT && data.catalog().find(path).isPresent()) {
          missing = answerBytes(missing, answers); // or came again just now, for another reader
          break;
        }
        if (whole.state() == State.AWAITED) {
          until = System.nanoTime() + PATIENCE.toNanos();
        }
      }
    }
    for (Cid cid : missing) {
      answers.answer(cid, new BlockAnswer.Absent(why));
    }
  }

  private List<Cid> fetchElsewhere(
      StorePath path, List<Cid> cids, BooleanSupplier wanted, Depot.Answers answers)
      throws IOException {
    return sources.fetch(
        nars.info(path),
        cids,
        new PathSources.Receiver() {
          @Override
          public void came(Cid cid, Bytes block) {
            keepBlock(cid, block);
            answers.answer(cid, new BlockAnswer.Content(block));
          }

          @Override
          public boolean wantsMore() {
            return wanted.getAsBoolean();
          }
        });
  }

  /** How it went with a whole NAR. */
  private record Whole(String why, State state) {}

  /** What is known after one was asked for. */
  private enum State {
    /** All its blocks are here, so that another that is missing is none of it. */
    KEPT,
    /** Somebody else asked for it, and is done, well or not. */
    AWAITED,
    MISSING
  }

  /**
   * Blocks that nobody gives one by one come with the whole NAR, where somebody has that. Of many
   * readers one gets it; those who have waited for that look first whether single blocks are to be
   * had again, or each would take the whole NAR from a source that was away for a while.
   */
  private Whole fetchWhole(StorePath path, Cid missing) throws IOException {
    Optional<NarInfo> info = nars.info(path);
    if (info.isEmpty()) {
      return new Whole("nobody has " + path, State.MISSING);
    }
    try {
      State state =
          nars.turns()
              .unlessBusy(path, () -> keepUnlessHere(info.get(), missing))
              .orElse(State.AWAITED);
      return new Whole("it is not of the NAR of " + path, state);
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException | FaultException e) {
      LOG.log(Level.DEBUG, "not whole path={0} why={1}", path, e.getMessage());
      return new Whole(String.valueOf(e.getMessage()), State.MISSING);
    }
  }

  /** Once is enough, as long as the catalog has what was kept: a view may name any block. */
  private State keepUnlessHere(NarInfo info, Cid missing) throws IOException, FaultException {
    if (bytesHere(missing).isPresent()) {
      return State.MISSING;
    }
    if (!whole.contains(info.narHash()) || data.catalog().find(info.path()).isEmpty()) {
      nars.keep(info);
      whole.add(info.narHash());
    }
    return State.KEPT;
  }

  /** A block that is damaged here is absent: that is not the view's fault. */
  Bytes load(NarInfo info, Cid cid) throws IOException, FaultException {
    if (bytesHere(cid).orElse(null) instanceof BlockAnswer.Content(Bytes here)) {
      return here;
    }
    List<Bytes> came = new ArrayList<>();
    sources.fetch(
        Optional.of(info),
        List.of(cid),
        (any, block) -> {
          came.add(block);
          keepBlock(cid, block);
        });
    if (came.isEmpty()) {
      throw new AbsentException("block " + cid + " is not to be had");
    }
    return came.getFirst();
  }

  private Optional<BlockAnswer> placeOf(Cid cid) throws IOException {
    return data.blocks()
        .place(cid)
        .map(at -> new BlockAnswer.InFile(at.file(), at.offset(), at.length(), at.identity()));
  }

  private Optional<BlockAnswer> bytesHere(Cid cid) throws IOException {
    try {
      return data.blocks().read(cid).map(BlockAnswer.Content::new);
    } catch (IntegrityException e) {
      LOG.log(Level.WARNING, "damaged block={0}", cid);
      return Optional.empty();
    }
  }

  /** A block that cannot be kept is passed on all the same: the disk may be full. */
  private void keepBlock(Cid cid, Bytes block) {
    try {
      data.blocks().accept(new Block(cid, block));
    } catch (IOException | FaultException e) {
      LOG.log(Level.WARNING, "cannot keep block={0} why=\"{1}\"", cid, e.getMessage());
    }
  }
}
