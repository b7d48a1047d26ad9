package spindrift.substitute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import spindrift.base.AbsentException;
import spindrift.base.ByteTarget;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.FileIdentity;
import spindrift.base.FileRange;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;
import spindrift.blocks.BlockReader;
import spindrift.blocks.LeafPlace;
import spindrift.blocks.MemoryBlockStore;
import spindrift.dag.DagFile;
import spindrift.ipld.Block;
import spindrift.ipld.Cid;
import spindrift.ipld.UnixFsAttributes;
import spindrift.ipld.UnixFsNode;
import spindrift.ipld.UnixFsNode.Part;
import spindrift.testkit.Seeds;

final class AheadReaderTest {
  private static final Bytes TEXT = Bytes.utf8("a leaf of some bytes");

  private final FakePeers peers = new FakePeers();
  private final FakePeers.FakePeer peer = peers.add();

  private Part leaf(Bytes content) throws FaultException {
    Block block = Block.raw(content);
    peer.blocks.accept(block);
    return Part.leaf(block.cid(), content.size());
  }

  private Part node(List<Part> parts) throws FaultException {
    UnixFsNode.File file = UnixFsNode.File.of(parts, UnixFsAttributes.NONE);
    Block block = file.encode();
    peer.blocks.accept(block);
    return file.asPart(block);
  }

  private Bytes read(Part root, long from, long to) throws IOException, FaultException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    FileSpan span = new FileSpan(root.cid(), Optional.empty(), root.size(), from, to);
    new AheadReader(
            span, LocalBlocks.NONE, peers.session(List.of(peer.id)), () -> 1 << 20, bytes -> {})
        .writeTo(ByteTarget.of(out));
    return Bytes.owning(out.toByteArray());
  }

  private Bytes read(Part root) throws IOException, FaultException {
    return read(root, 0, root.size());
  }

  @Test
  void readsWhatAnyDagFileReads() {
    Seeds.forEach(
        300,
        random -> {
          Part root = leaf(Seeds.bytes(random, 1 + random.nextInt(300)));
          for (int level = random.nextInt(6); level > 0; level--) {
            Part[] parts = new Part[1 + random.nextInt(5)];
            for (int i = 0; i < parts.length; i++) {
              parts[i] =
                  switch (random.nextInt(4)) {
                    case 0 -> root;
                    case 1 -> {
                      Bytes small = Seeds.bytes(random, random.nextInt(100));
                      yield Part.leaf(Cid.identityRaw(small), small.size());
                    }
                    default -> leaf(Seeds.bytes(random, random.nextInt(300)));
                  };
            }
            root = node(List.of(parts));
          }
          long from = random.nextLong(root.size() + 1);
          long to = from + random.nextLong(root.size() - from + 1);
          ByteArrayOutputStream out = new ByteArrayOutputStream();
          DagFile.open(root.cid(), peer.blocks).writeTo(ByteTarget.of(out), from, to);
          assertThat(read(root, from, to)).isEqualTo(Bytes.owning(out.toByteArray()));
        });
  }

  @Test
  void givesRangesOfWhatIsHereToWhoTakesThem() throws Exception {
    Part first = leaf(TEXT);
    Part second = leaf(TEXT.concat(TEXT));
    Part root = node(List.of(first, second));
    MemoryBlockStore store = new MemoryBlockStore();
    store.accept(Block.raw(TEXT));
    FileRange range = new FileRange(Path.of("/file"), 7, TEXT.size());
    BlockReader here = new PlacedBlocks(store, first.cid(), range);
    FileSpan span = new FileSpan(root.cid(), Optional.empty(), root.size(), 2, root.size());
    List<FileRange> ranges = new ArrayList<>();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteTarget target =
        new ByteTarget() {
          @Override
          public void write(byte[] buffer, int from, int length) {
            out.write(buffer, from, length);
          }

          @Override
          public boolean takesRanges() {
            return true;
          }

          @Override
          public void range(FileRange given) {
            ranges.add(given);
          }
        };
    new AheadReader(
            span, LocalBlocks.of(here), peers.session(List.of(peer.id)), () -> 1 << 20, bytes -> {})
        .writeTo(target);
    assertThat(ranges).containsExactly(new FileRange(range.file(), 9, TEXT.size() - 2));
    assertThat(Bytes.owning(out.toByteArray())).isEqualTo(TEXT.concat(TEXT));
  }

  /** Blocks of which one lies in a file. */
  private record PlacedBlocks(MemoryBlockStore store, Cid placed, FileRange range)
      implements BlockReader {
    @Override
    public boolean has(Cid cid) {
      return store.has(cid);
    }

    @Override
    public OptionalInt size(Cid cid) {
      return store.size(cid);
    }

    @Override
    public Optional<Bytes> read(Cid cid) {
      return store.read(cid);
    }

    @Override
    public Optional<LeafPlace> place(Cid cid) {
      FileIdentity any = new FileIdentity(0, 0, 0, 0, 0);
      return Optional.of(cid)
          .filter(placed::equals)
          .map(same -> new LeafPlace(range.file(), range.offset(), (int) range.length(), any));
    }
  }

  @Test
  void readsNodesWithBytesOfTheirOwn() throws Exception {
    UnixFsNode.File file = new UnixFsNode.File(TEXT, List.of(leaf(TEXT)), UnixFsAttributes.NONE);
    Block block = file.encode();
    peer.blocks.accept(block);
    assertThat(read(file.asPart(block))).isEqualTo(TEXT.concat(TEXT));
    assertThat(read(file.asPart(block), 3, TEXT.size() + 3))
        .isEqualTo(TEXT.concat(TEXT).slice(3, TEXT.size() + 3));
  }

  @Test
  void refusesALeafOfAnotherSize() throws Exception {
    Part leaf = leaf(TEXT);
    for (long size : new long[] {TEXT.size() - 1, TEXT.size() + 1}) {
      Part root = node(List.of(Part.leaf(leaf.cid(), size)));
      assertThatThrownBy(() -> read(root)).isInstanceOf(MalformedDataException.class);
    }
  }

  @Test
  void refusesALeafThatCannotBe() throws Exception {
    Part root = node(List.of(Part.leaf(leaf(TEXT).cid(), 1L << 40)));
    assertThatThrownBy(() -> read(root)).isInstanceOf(MalformedDataException.class);
    assertThat(peers.sessions.getFirst().order).containsExactly(root.cid());
  }

  @Test
  void refusesANodeOfAnotherSize() throws Exception {
    Part inner = node(List.of(leaf(TEXT)));
    Part root = node(List.of(new Part(inner.cid(), inner.size() + 1, 0)));
    assertThatThrownBy(() -> read(root)).isInstanceOf(MalformedDataException.class);
    assertThatThrownBy(() -> read(new Part(inner.cid(), inner.size() + 1, 0)))
        .isInstanceOf(MalformedDataException.class);
  }

  @Test
  void refusesAnAbsurdDepth() throws Exception {
    Part root = leaf(TEXT);
    for (int i = 0; i < DagFile.MAX_DEPTH; i++) {
      root = node(List.of(root));
    }
    assertThat(read(root)).isEqualTo(TEXT);
    Part deeper = node(List.of(node(List.of(root))));
    assertThatThrownBy(() -> read(deeper)).isInstanceOf(LimitExceededException.class);
  }

  /** Ten levels of a thousand links to one node: a yottabyte in some kilobytes. */
  @Test
  void doesNotExpandWithoutEnd() throws Exception {
    Part bomb = leaf(TEXT);
    for (int i = 0; i < 5; i++) {
      bomb = node(Collections.nCopies(1000, bomb));
    }
    Cid cid = bomb.cid();
    assertThatThrownBy(() -> read(new Part(cid, 10_000_000, 0)))
        .isInstanceOf(MalformedDataException.class);
  }

  @Test
  void takesNothingOfPartsWithoutBytes() throws Exception {
    Part nothing = new Part(Block.raw(Bytes.utf8("nobody has this")).cid(), 0, 0);
    Part root = node(List.of(nothing, leaf(TEXT), nothing));
    assertThat(read(root)).isEqualTo(TEXT);
  }

  @Test
  void refusesWhatIsNoFile() throws Exception {
    Block directory = UnixFsNode.Directory.of(List.of()).encode();
    peer.blocks.accept(directory);
    Part root = node(List.of(new Part(directory.cid(), 10, 0)));
    assertThatThrownBy(() -> read(root)).isInstanceOf(MalformedDataException.class);
    Block noise = Block.of(Cid.DAG_CBOR, TEXT);
    peer.blocks.accept(noise);
    Part other = node(List.of(new Part(noise.cid(), TEXT.size(), 0)));
    assertThatThrownBy(() -> read(other)).isInstanceOf(MalformedDataException.class);
  }

  @Test
  void saysWhatIsNotToBeHad() throws Exception {
    Part root = node(List.of(Part.leaf(Block.raw(TEXT).cid(), TEXT.size())));
    assertThatThrownBy(() -> read(root)).isInstanceOf(AbsentException.class);
  }

  @Test
  void asksForNodesBeforeTheyAreReached() throws Exception {
    Part first = node(List.of(leaf(SignedNar.noiseOf(1, 600)), leaf(SignedNar.noiseOf(2, 600))));
    Part second = node(List.of(leaf(SignedNar.noiseOf(3, 600)), leaf(SignedNar.noiseOf(4, 600))));
    read(node(List.of(first, second)));
    assertThat(peers.sessions.getFirst().order.subList(1, 3))
        .containsExactly(first.cid(), second.cid());
  }
}
