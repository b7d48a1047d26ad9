package spindrift.node;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import spindrift.base.AbsentException;
import spindrift.base.ByteSource;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.IntegrityException;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;
import spindrift.base.RefusedException;
import spindrift.catalog.BinaryCache;
import spindrift.catalog.CatalogRecord;
import spindrift.catalog.Indexer;
import spindrift.catalog.Pace;
import spindrift.dag.DagFile;
import spindrift.ipld.Block;
import spindrift.ipld.Cid;
import spindrift.mount.BlockAnswer;
import spindrift.mount.Depot;
import spindrift.mount.PathRecord;
import spindrift.mount.PathRecord.Proof;
import spindrift.nix.NarInfo;
import spindrift.nix.NixHash;
import spindrift.nix.StorePath;
import spindrift.store.LocalStore;
import spindrift.substitute.PathSources;

/** What the node answers those who mount the store. Safe for use by several threads. */
final class MountService {
  private static final System.Logger LOG = System.getLogger(MountService.class.getName());

  /** Ours: a node that was just started has found its peers by then, and peers each other. */
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** Ours: NARs of which is remembered that all of them was kept. */
  private static final int MAX_WHOLE = 4096;

  private final DataDirectory data;
  private final PathSources sources;
  private final Runnable grown;
  private final Map<StorePath, Turns> busy = new ConcurrentHashMap<>();
  private final Set<NixHash> whole = boundedSet();

  /**
   * @param grown is called when blocks were added
   */
  MountService(DataDirectory data, PathSources sources, Runnable grown) {
    this.data = data;
    this.sources = sources;
    this.grown = grown;
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

  /** As {@link Depot#resolve}. */
  Optional<PathRecord> resolve(StorePath path) throws IOException, FaultException {
    Optional<BinaryCache.Held> held = data.cache().held(path);
    if (held.isPresent() && held.get().record().isPresent()) {
      return here(path);
    }
    return oneAtATime(path, () -> resolveSlowly(path));
  }

  /** Takes some time, at the end of which the next who asks knows. */
  @FunctionalInterface
  private interface Slow<T> {
    T run() throws IOException, FaultException;
  }

  /** Those who take turns at a path; how many they are is counted under the lock of the map. */
  private static final class Turns {
    final ReentrantLock lock = new ReentrantLock();
    int users;
  }

  private <T> T oneAtATime(StorePath path, Slow<T> work) throws IOException, FaultException {
    Turns turns =
        busy.compute(
            path,
            (any, before) -> {
              Turns now = before == null ? new Turns() : before;
              now.users++;
              return now;
            });
    try {
      return inTurn(turns.lock, work);
    } finally {
      busy.computeIfPresent(path, (any, now) -> --now.users == 0 ? null : now);
    }
  }

  private static <T> T inTurn(ReentrantLock lock, Slow<T> work) throws IOException, FaultException {
    try {
      lock.lockInterruptibly();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
    try {
      return work.run();
    } finally {
      lock.unlock();
    }
  }

  private Optional<PathRecord> resolveSlowly(StorePath path) throws IOException, FaultException {
    Optional<PathRecord> here = here(path);
    if (here.isPresent()) {
      return here;
    }
    Optional<NarInfo> info = info(path);
    if (info.isEmpty()) {
      return Optional.empty();
    }
    Optional<PathSources.Offered> offered = sources.view(info.get());
    if (offered.isPresent()) {
      PathSources.Offered view = offered.get();
      return Optional.of(
          new PathRecord(
              path,
              info.get().narHash(),
              info.get().narSize(),
              view.nar(),
              view.tree(),
              view.isProved() ? Proof.PROVED : Proof.CLAIMED,
              view.offeredBy()));
    }
    keep(info.get());
    return Optional.of(record(path, data.catalog().find(path), "upstream"));
  }

  /**
   * A path that others have.
   *
   * @param view that peers offer; empty where its whole NAR has to come first
   */
  record Elsewhere(NarInfo info, Optional<PathSources.Offered> view) {}

  /** The path with this hash part as others have it; nothing of it is fetched. */
  Optional<Elsewhere> elsewhere(String hashPart) throws IOException {
    Optional<NarInfo> info = sources.find(hashPart);
    return info.isEmpty()
        ? Optional.empty()
        : Optional.of(new Elsewhere(info.get(), sources.view(info.get())));
  }

  private static boolean isOf(NarInfo info, StorePath path) {
    return info.path().equals(path);
  }

  private Optional<PathRecord> here(StorePath path) throws IOException, FaultException {
    Optional<BinaryCache.Held> held = data.cache().held(path);
    if (held.isEmpty()) {
      return Optional.empty();
    }
    Optional<CatalogRecord> record = held.get().record();
    if (record.isPresent()) {
      return Optional.of(
          record(
              path,
              record,
              switch (record.get().origin()) {
                case STORE -> "local store";
                case UPLOAD -> "blocks";
              }));
    }
    LocalStore store = data.store().orElseThrow();
    Indexer.Outcome outcome =
        new Indexer(data.catalog(), data.blocks(), store).addUnpinned(path, Pace.FULL);
    if (!outcome.failed().isEmpty()) {
      throw new IOException(
          "cannot index " + path + ": " + outcome.failed().getFirst().cause().getMessage());
    }
    return Optional.of(record(path, data.catalog().find(path), "local store"));
  }

  private static PathRecord record(StorePath path, Optional<CatalogRecord> found, String source)
      throws AbsentException {
    CatalogRecord record =
        found.orElseThrow(() -> new AbsentException(path + " has left this node meanwhile"));
    return new PathRecord(
        path,
        record.narInfo().narHash(),
        record.narInfo().narSize(),
        record.narView(),
        Optional.of(record.treeView()),
        Proof.PROVED,
        source);
  }

  /** Gets a whole NAR and keeps its blocks, which makes its views. */
  private void keep(NarInfo info) throws IOException, FaultException {
    ByteSource nar =
        sources
            .nar(info)
            .orElseThrow(() -> new AbsentException("nobody gives the NAR of " + info.path()));
    try (InputStream in = SourcePipe.open(nar)) {
      data.uploads().keep(info, in);
    }
    data.cache().forget(info.path().hashPart());
    grown.run();
    LOG.log(Level.INFO, "kept path={0} for=mount", info.path());
  }

  /** As {@link Depot#prove}. */
  PathRecord prove(PathRecord claimed) throws IOException, FaultException {
    StorePath path = claimed.path();
    Optional<PathRecord> here = here(path);
    if (here.isEmpty()) {
      NarInfo info = info(path).orElseThrow(() -> new AbsentException("nobody has " + path));
      proveView(info, claimed.narView());
      here = here(path);
    }
    PathRecord proved =
        here.orElseThrow(() -> new AbsentException(path + " has left this node meanwhile"));
    if (!proved.narHash().equals(claimed.narHash())) {
      throw new IntegrityException(
          claimed.narHash().toString(), proved.narHash().toString(), path.toString());
    }
    return proved;
  }

  /** Has the NAR rendered from just this view, so that it is known who lied if it is wrong. */
  private void proveView(NarInfo info, Cid view) throws IOException, FaultException {
    try {
      ByteSource nar = DagFile.open(view, cid -> load(info, cid));
      if (nar.size() != info.narSize()) {
        refuted(info, view, nar.size() + " bytes");
      }
      try (InputStream in = SourcePipe.open(nar)) {
        data.uploads().keep(info, in);
      }
    } catch (IOException | FaultException e) {
      if (isOfTheView(e)) {
        refuted(info, view, String.valueOf(e.getMessage()));
      }
      throw e;
    }
    data.cache().forget(info.path().hashPart());
    grown.run();
  }

  /** Blocks that are not to be had say nothing of it; all else that is wrong is its own form. */
  private static boolean isOfTheView(Throwable failure) {
    return switch (failure) {
      case RefusedException _, MalformedDataException _, LimitExceededException _ -> true;
      case IOException e when e.getCause() != null -> isOfTheView(e.getCause());
      default -> false;
    };
  }

  private void refuted(NarInfo info, Cid view, String actual) throws IntegrityException {
    sources.refute(info, view);
    throw new IntegrityException(info.narHash().toString(), actual, "view " + view);
  }

  /** A block that is damaged here is absent: that is not the view's fault. */
  private Bytes load(NarInfo info, Cid cid) throws IOException, FaultException {
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

  /** As {@link Depot#closure}. */
  List<StorePath> closure(List<StorePath> roots) throws IOException, FaultException {
    return new MountClosure(data, sources).of(roots);
  }

  /** As {@link Depot#known}. */
  List<StorePath> known() throws IOException, FaultException {
    Set<StorePath> all = new LinkedHashSet<>();
    if (data.store().isPresent()) {
      all.addAll(data.store().get().allPaths());
    }
    for (CatalogRecord record : data.housekeeping().allRecords()) {
      if (record.origin() == CatalogRecord.Origin.UPLOAD) {
        all.add(record.path());
      }
    }
    return List.copyOf(all);
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
        if (whole.isHere()) {
          break;
        }
      }
    }
    for (Cid cid : missing) {
      answers.answer(cid, new BlockAnswer.Absent(why));
    }
    grown.run();
  }

  private List<Cid> fetchElsewhere(
      StorePath path, List<Cid> cids, BooleanSupplier wanted, Depot.Answers answers)
      throws IOException {
    return sources.fetch(
        info(path),
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

  private Optional<NarInfo> info(StorePath path) throws IOException {
    return sources.find(path.hashPart()).filter(found -> isOf(found, path));
  }

  /**
   * How it went with a whole NAR.
   *
   * @param isHere whether all its blocks are, so that another that is missing is none of it
   */
  private record Whole(String why, boolean isHere) {}

  /** Blocks that nobody gives one by one come with the whole NAR, where somebody has that. */
  private Whole fetchWhole(StorePath path, Cid missing) throws IOException {
    Optional<NarInfo> info = info(path);
    if (info.isEmpty()) {
      return new Whole("nobody has " + path, false);
    }
    try {
      boolean isHere = oneAtATime(path, () -> keepUnlessHere(info.get(), missing));
      return new Whole("it is not of the NAR of " + path, isHere);
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException | FaultException e) {
      LOG.log(Level.DEBUG, "not whole path={0} why={1}", path, e.getMessage());
      return new Whole(String.valueOf(e.getMessage()), false);
    }
  }

  /** Once is enough, as long as the catalog has what was kept: a view may name any block. */
  private boolean keepUnlessHere(NarInfo info, Cid missing) throws IOException, FaultException {
    if (bytesHere(missing).isPresent()) {
      return false;
    }
    if (!whole.contains(info.narHash()) || data.catalog().find(info.path()).isEmpty()) {
      keep(info);
      whole.add(info.narHash());
    }
    return true;
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
