package spindrift.mount;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.FileIdentity;
import spindrift.base.IntegrityException;
import spindrift.blocks.MemoryBlockStore;
import spindrift.catalog.ViewBuilder;
import spindrift.dag.FileLayout;
import spindrift.ipld.Block;
import spindrift.ipld.Cid;
import spindrift.ipld.UnixFsAttributes;
import spindrift.ipld.UnixFsNode;
import spindrift.ipld.UnixFsNode.Part;
import spindrift.nix.FileMode;
import spindrift.nix.NarWriter;
import spindrift.nix.NixHash;
import spindrift.nix.StorePath;

/** A depot that has what it is given, and lies as it is told to. */
final class MemoryDepot implements Depot {
  private final Map<StorePath, PathRecord> records = new ConcurrentHashMap<>();
  private final MemoryBlockStore blocks = new MemoryBlockStore();
  private final Map<StorePath, List<StorePath>> references = new HashMap<>();
  private final Set<StorePath> refuted = new HashSet<>();
  final List<List<Cid>> fetches = Collections.synchronizedList(new ArrayList<>());
  final List<List<Cid>> questions = Collections.synchronizedList(new ArrayList<>());
  final Map<Cid, BlockAnswer> lies = new ConcurrentHashMap<>();
  private final Map<Cid, Long> offsets = new HashMap<>();
  String source = "memory";
  private final Map<StorePath, AtomicInteger> resolved = new ConcurrentHashMap<>();
  volatile CountDownLatch gate = new CountDownLatch(0);
  volatile PathRecord.Proof proof = PathRecord.Proof.PROVED;

  static StorePath path(String name) {
    try {
      return StorePath.ofBaseName("0".repeat(32) + "-" + name);
    } catch (FaultException e) {
      throw new AssertionError(e);
    }
  }

  PathRecord add(String name, SeededTree tree) throws IOException, FaultException {
    ViewBuilder builder =
        new ViewBuilder(
            blocks,
            (cid, buffer, from, length, offset) -> {
              blocks.accept(new Block(cid, Bytes.copyOf(buffer, from, length)));
              offsets.put(cid, offset);
            });
    tree.tell(builder);
    ViewBuilder.Result result = builder.finish();
    PathRecord record =
        new PathRecord(
            path(name),
            result.narHash(),
            result.narSize(),
            result.views().nar(),
            Optional.of(result.views().tree()),
            PathRecord.Proof.PROVED,
            source);
    put(record);
    return record;
  }

  /** A path that is one file, put together of leaves by hand: its NAR is hashed by nobody. */
  PathRecord addFile(String name, List<Part> leaves) throws IOException, FaultException {
    FileLayout file = new FileLayout(blocks);
    for (Part leaf : leaves) {
      file.add(leaf);
    }
    Part content = file.finish(UnixFsAttributes.NONE);
    ByteArrayOutputStream framing = new ByteArrayOutputStream();
    NarWriter writer = new NarWriter(framing);
    writer.startRegular(FileMode.REGULAR, content.size());
    Part before = framing(framing);
    writer.endRegular();
    Part after = framing(framing);
    FileLayout nar = new FileLayout(blocks);
    for (Part part : List.of(before, content, after)) {
      nar.add(part);
    }
    Part root = nar.finish(UnixFsAttributes.NONE);
    PathRecord record =
        new PathRecord(
            path(name),
            NixHash.sha256Of(Bytes.EMPTY),
            root.size(),
            root.cid(),
            Optional.empty(),
            PathRecord.Proof.CLAIMED,
            "memory");
    put(record);
    return record;
  }

  private static Part framing(ByteArrayOutputStream framing) {
    Bytes bytes = Bytes.owning(framing.toByteArray());
    framing.reset();
    return Part.leaf(Cid.identityRaw(bytes), bytes.size());
  }

  /** A leaf of a file, which is here. */
  Part leaf(Bytes bytes) throws IOException, FaultException {
    Block block = Block.raw(bytes);
    blocks.accept(block);
    return Part.leaf(block.cid(), bytes.size());
  }

  void put(PathRecord record) {
    records.put(record.path(), record);
  }

  /** Has the leaves of a file lie in one on the disk, which must have the same contents. */
  void keepIn(Path file, List<Cid> leaves) throws IOException {
    FileIdentity identity = FileIdentity.of(file);
    for (Cid leaf : leaves) {
      int size = blocks.read(leaf).orElseThrow().size();
      lies.put(leaf, new BlockAnswer.InFile(file, offsets.get(leaf), size, identity));
    }
  }

  /** The leaves that a file is made of. */
  List<Cid> leaves(Cid file) throws IOException, FaultException {
    if (file.codec() == Cid.RAW) {
      return List.of(file);
    }
    UnixFsNode.File node = (UnixFsNode.File) UnixFsNode.decode(blocks.read(file).orElseThrow());
    return node.parts().stream().map(UnixFsNode.Part::cid).toList();
  }

  int resolvedOf(StorePath path) {
    return resolved.getOrDefault(path, new AtomicInteger()).get();
  }

  void refer(String from, String to) {
    references.computeIfAbsent(path(from), any -> new ArrayList<>()).add(path(to));
  }

  void refute(StorePath path) {
    refuted.add(path);
  }

  @Override
  public Optional<PathRecord> resolve(StorePath path, Answers nodes) {
    resolved.computeIfAbsent(path, any -> new AtomicInteger()).incrementAndGet();
    return Optional.ofNullable(records.get(path)).map(record -> with(record, proof));
  }

  private static PathRecord with(PathRecord record, PathRecord.Proof proof) {
    return new PathRecord(
        record.path(),
        record.narHash(),
        record.narSize(),
        record.narView(),
        record.treeView(),
        proof,
        record.source());
  }

  @Override
  public PathRecord prove(PathRecord record) throws IOException, FaultException {
    await();
    if (refuted.contains(record.path())) {
      throw new IntegrityException("this", "that", "a liar");
    }
    return with(record, PathRecord.Proof.PROVED);
  }

  @Override
  public List<StorePath> closure(List<StorePath> roots) {
    List<StorePath> all = new ArrayList<>(roots);
    for (int i = 0; i < all.size(); i++) {
      for (StorePath next : references.getOrDefault(all.get(i), List.of())) {
        if (!all.contains(next)) {
          all.add(next);
        }
      }
    }
    return all;
  }

  @Override
  public List<StorePath> known() {
    return records.keySet().stream().sorted().toList();
  }

  @Override
  public void places(List<Cid> leaves, Found found) throws IOException {
    questions.add(List.copyOf(leaves));
    await();
    for (Cid leaf : leaves) {
      if (lies.get(leaf) instanceof BlockAnswer.InFile place) {
        found.at(leaf, place);
      }
    }
  }

  @Override
  public void fetch(StorePath path, List<Cid> cids, Answers answers) throws IOException {
    fetches.add(List.copyOf(cids));
    await();
    for (Cid cid : cids) {
      BlockAnswer lie = lies.get(cid);
      answers.answer(cid, lie != null ? lie : truth(cid));
    }
  }

  @Override
  public void fetchBytes(StorePath path, List<Cid> cids, Answers answers) throws IOException {
    fetches.add(List.copyOf(cids));
    await();
    cids.forEach(cid -> answers.answer(cid, truth(cid)));
  }

  private BlockAnswer truth(Cid cid) {
    return blocks
        .read(cid)
        .<BlockAnswer>map(BlockAnswer.Content::new)
        .orElse(new BlockAnswer.Absent("nobody has it"));
  }

  private void await() throws IOException {
    try {
      gate.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  @Override
  public void close() {}
}
