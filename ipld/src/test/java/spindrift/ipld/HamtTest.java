package spindrift.ipld;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import spindrift.base.AbsentException;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;
import spindrift.ipld.UnixFsNode.EntrySlot;
import spindrift.ipld.UnixFsNode.Shard;
import spindrift.ipld.UnixFsNode.ShardSlot;
import spindrift.ipld.UnixFsNode.Slot;
import spindrift.testkit.Seeds;

class HamtTest {
  private static final Cid LEAF = Cid.identityRaw(Bytes.EMPTY);

  @ParameterizedTest
  @CsvSource({"470.txt, 006e88df5847e67c", "'', 0000000000000000"})
  void hashesNamesAsDeployedNodesDo(String name, String expected) {
    assertThat(HamtHash.of(Bytes.utf8(name))).isEqualTo(Long.parseUnsignedLong(expected, 16));
  }

  @Test
  void rebuildsEveryShardOfThePublishedDirectory() throws Exception {
    Vectors.Car car = Vectors.car(Vectors.HAMT);
    Cid root = car.roots().getFirst();
    List<UnixFsEntry> entries = entries(directory(root, car));
    assertThat(entries).hasSize(1000);

    Map<Cid, Bytes> shards = new LinkedHashMap<>();
    for (Map.Entry<Cid, Bytes> block : car.blocks().entrySet()) {
      if (block.getKey().codec() == Cid.DAG_PB
          && UnixFsNode.decode(block.getValue()) instanceof Shard) {
        shards.put(block.getKey(), block.getValue());
      }
    }
    assertThat(shards).hasSize(237);

    Collections.shuffle(entries, new Random(1));
    Map<Cid, Bytes> built = new LinkedHashMap<>();
    DagRoot rebuilt = HamtBuilder.build(entries, keepIn(built));
    assertThat(rebuilt.cid()).isEqualTo(root);
    assertThat(built).isEqualTo(shards);
  }

  @Test
  void findsEveryEntryOfThePublishedDirectory() throws Exception {
    Vectors.Car car = Vectors.car(Vectors.HAMT);
    HamtDirectory directory = directory(car.roots().getFirst(), car);
    for (UnixFsEntry entry : entries(directory)) {
      assertThat(directory.find(entry.name())).contains(entry);
    }
    for (int i = 0; i < 1000; i++) {
      assertThat(directory.find(Bytes.utf8("no such file " + i))).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 255, 3000})
  void readsTheDirectoryThatItBuilt(int size) throws Exception {
    Map<Bytes, UnixFsEntry> entries = new LinkedHashMap<>();
    for (int i = 0; i < size; i++) {
      Bytes name = Bytes.of('n', i & 0xff, 0x80 | (i >> 8));
      if (UnixFsEntry.isName(name)) {
        entries.put(name, new UnixFsEntry(name, LEAF, i));
      }
    }
    Map<Cid, Bytes> blocks = new LinkedHashMap<>();
    DagRoot root = HamtBuilder.build(List.copyOf(entries.values()), keepIn(blocks));
    HamtDirectory directory = directory(root.cid(), source(blocks));

    assertThat(entries(directory)).containsExactlyInAnyOrderElementsOf(entries.values());
    for (UnixFsEntry entry : entries.values()) {
      assertThat(directory.find(entry.name())).contains(entry);
    }
    assertThat(List.copyOf(blocks.keySet()).getLast()).isEqualTo(root.cid());
    long expected = entries.values().stream().mapToLong(UnixFsEntry::tsize).sum();
    expected += blocks.values().stream().mapToLong(Bytes::size).sum();
    assertThat(root.tsize()).isEqualTo(expected);
  }

  @Test
  void refusesToBuildWithANameGivenTwice() {
    UnixFsEntry entry = new UnixFsEntry(Bytes.utf8("a"), LEAF, 0);
    assertThatThrownBy(() -> HamtBuilder.build(List.of(entry, entry), block -> {}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("twice");
  }

  @Test
  void refusesToBuildWhereTwoNamesHaveOneHash() {
    List<UnixFsEntry> entries =
        MurmurCollision.names().map(name -> new UnixFsEntry(name, LEAF, 0)).toList();
    assertThatThrownBy(() -> HamtBuilder.build(entries, block -> {}))
        .isInstanceOf(LimitExceededException.class);
  }

  @Test
  void refusesAnEntryInTheWrongPlace() throws Exception {
    Slot wrong = new EntrySlot(1, new UnixFsEntry(Bytes.utf8("470.txt"), LEAF, 0));
    HamtEntries entries = HamtDirectory.of(shard(wrong), HamtTest::nothing).entries();
    assertThatThrownBy(entries::next)
        .isInstanceOf(MalformedDataException.class)
        .hasMessageContaining("wrong place");
  }

  @Test
  void oneShardInManyPlacesDoesNotExpand() throws Exception {
    Map<Cid, Bytes> blocks = new LinkedHashMap<>();
    Block leaf = shard(new EntrySlot(0x00, new UnixFsEntry(Bytes.utf8("x"), LEAF, 0))).encode();
    blocks.put(leaf.cid(), leaf.bytes());
    Cid below = leaf.cid();
    Shard top = shard();
    for (int depth = 0; depth < 7; depth++) {
      List<Slot> slots = new ArrayList<>();
      for (int index = 0; index < Shard.FANOUT; index++) {
        slots.add(new ShardSlot(index, below, 0));
      }
      top = new Shard(Shard.FANOUT, slots, UnixFsAttributes.NONE);
      Block block = top.encode();
      blocks.put(block.cid(), block.bytes());
      below = block.cid();
    }
    HamtEntries entries = HamtDirectory.of(top, source(blocks)).entries();
    assertThatThrownBy(entries::next).isInstanceOf(MalformedDataException.class);
  }

  @Test
  void aChainOfShardsDeeperThanTheHashEnds() throws Exception {
    Map<Cid, Bytes> blocks = new LinkedHashMap<>();
    Bytes name = Bytes.utf8("470.txt");
    long hash = HamtHash.of(name);
    Shard top = shard(new EntrySlot(0, new UnixFsEntry(name, LEAF, 0)));
    for (int depth = 8; depth > 0; depth--) {
      Block block = top.encode();
      blocks.put(block.cid(), block.bytes());
      top = shard(new ShardSlot(HamtHash.index(hash, depth - 1, 256), block.cid(), 0));
    }
    HamtDirectory directory = HamtDirectory.of(top, source(blocks));
    assertThatThrownBy(() -> directory.find(name)).isInstanceOf(LimitExceededException.class);
    HamtEntries entries = directory.entries();
    assertThatThrownBy(entries::next).isInstanceOf(LimitExceededException.class);
  }

  @Test
  void refusesChildrenThatAreNoShardsOfTheDirectory() {
    Block empty = shard().encode();
    Block otherFanout =
        new Shard(
                16,
                List.of(new EntrySlot(0, new UnixFsEntry(Bytes.utf8("x"), LEAF, 0))),
                UnixFsAttributes.NONE)
            .encode();
    Block file = UnixFsNode.File.of(List.of(), UnixFsAttributes.NONE).encode();
    Block raw = Block.raw(empty.bytes());
    for (Block child : List.of(empty, otherFanout, file, raw)) {
      HamtDirectory directory =
          HamtDirectory.of(shard(new ShardSlot(0, child.cid(), 0)), cid -> child.bytes());
      assertThatThrownBy(() -> directory.find(Bytes.utf8("470.txt")))
          .isInstanceOf(MalformedDataException.class);
    }
  }

  @Test
  void sayWhenAShardIsAbsent() {
    Cid absent = Block.dagPb(PbNode.of(List.of(), Bytes.EMPTY)).cid();
    HamtDirectory directory =
        HamtDirectory.of(shard(new ShardSlot(0, absent, 0)), HamtTest::nothing);
    assertThatThrownBy(() -> directory.find(Bytes.utf8("470.txt")))
        .isInstanceOf(AbsentException.class);
  }

  @Test
  void theBitFieldIsBigEndianWithoutLeadingZeros() throws Exception {
    assertThat(bitField()).isEqualTo(Bytes.EMPTY);
    assertThat(bitField(0)).isEqualTo(Bytes.of(1));
    assertThat(bitField(9)).isEqualTo(Bytes.of(2, 0));
    assertThat(bitField(0, 255).size()).isEqualTo(32);
    assertThat(bitField(0, 255).at(0)).isEqualTo((byte) 0x80);
  }

  @ParameterizedTest
  @ValueSource(strings = {"5", "x0", "a0name", "0", "100x"})
  void rejectsLinksWithoutAPrefix(String name) throws Exception {
    Bytes data = Bytes.parseHex("08051201012822308002");
    Bytes block = DagPb.encode(PbNode.of(List.of(PbLink.of(LEAF, Bytes.utf8(name), 0)), data));
    assertThatThrownBy(() -> UnixFsNode.decode(block)).isInstanceOf(MalformedDataException.class);
  }

  @Test
  void rejectsOneSlotGivenTwice() throws Exception {
    Bytes data = Bytes.parseHex("08051201012822308002");
    List<PbLink> links =
        List.of(PbLink.of(LEAF, Bytes.utf8("00a"), 0), PbLink.of(LEAF, Bytes.utf8("00b"), 0));
    Bytes block = DagPb.encode(PbNode.of(links, data));
    assertThatThrownBy(() -> UnixFsNode.decode(block)).isInstanceOf(MalformedDataException.class);
  }

  @Test
  void everyFanOutHasItsPrefixLength() throws Exception {
    for (int fanout = Shard.MIN_FANOUT; fanout <= Shard.MAX_FANOUT; fanout *= 2) {
      UnixFsEntry entry = new UnixFsEntry(Bytes.utf8("name"), LEAF, 3);
      Shard shard =
          new Shard(
              fanout,
              List.of(new ShardSlot(3, LEAF, 1), new EntrySlot(fanout - 1, entry)),
              UnixFsAttributes.NONE);
      assertThat(UnixFsNode.decode(shard.encode().bytes())).isEqualTo(shard);
      assertThat(shard.slot(3)).contains(new ShardSlot(3, LEAF, 1));
      assertThat(shard.slot(4)).isEmpty();
    }
  }

  @Test
  void everySetOfNamesIsReadAsItWasBuilt() {
    Seeds.forEach(
        20,
        random -> {
          Map<Bytes, UnixFsEntry> entries = new LinkedHashMap<>();
          for (int i = random.nextInt(600); i > 0; i--) {
            Bytes name = Seeds.someBytes(random, 40);
            if (UnixFsEntry.isName(name)) {
              entries.put(name, new UnixFsEntry(name, LEAF, i));
            }
          }
          Map<Cid, Bytes> blocks = new LinkedHashMap<>();
          DagRoot root = HamtBuilder.build(List.copyOf(entries.values()), keepIn(blocks));
          assertThat(entries(directory(root.cid(), source(blocks))))
              .containsExactlyInAnyOrderElementsOf(entries.values());
        });
  }

  private static Bytes bitField(int... indexes) throws FaultException {
    Slot[] slots = new Slot[indexes.length];
    for (int i = 0; i < indexes.length; i++) {
      slots[i] = new ShardSlot(indexes[i], LEAF, 0);
    }
    return UnixFsData.decode(shard(slots).toPb().data().orElseThrow()).data().orElseThrow();
  }

  private static Shard shard(Slot... slots) {
    return new Shard(Shard.FANOUT, List.of(slots), UnixFsAttributes.NONE);
  }

  private static HamtDirectory directory(Cid root, BlockSource source)
      throws FaultException, IOException {
    return HamtDirectory.of((Shard) UnixFsNode.decode(source.load(root)), source);
  }

  private static List<UnixFsEntry> entries(HamtDirectory directory)
      throws FaultException, IOException {
    List<UnixFsEntry> all = new ArrayList<>();
    HamtEntries entries = directory.entries();
    Optional<UnixFsEntry> entry = entries.next();
    while (entry.isPresent()) {
      all.add(entry.get());
      entry = entries.next();
    }
    return all;
  }

  private static BlockSink keepIn(Map<Cid, Bytes> blocks) {
    return block -> blocks.put(block.cid(), block.bytes());
  }

  private static BlockSource source(Map<Cid, Bytes> blocks) {
    return new Vectors.Car(List.of(), blocks);
  }

  private static Bytes nothing(Cid cid) throws AbsentException {
    throw new AbsentException(cid.toString());
  }
}
