package spindrift.ipld;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;
import spindrift.base.Multihash;
import spindrift.testkit.Seeds;

class DagPbTest {
  private static final Cid LEAF = Cid.identityRaw(Bytes.EMPTY);

  static Stream<Vectors.Fixture> fixtures() throws Exception {
    return Vectors.codecFixtures("dag-pb");
  }

  static Stream<Vectors.Refused> refused() throws Exception {
    return Vectors.refused("dag-pb-decode-edges.json");
  }

  @ParameterizedTest
  @MethodSource("fixtures")
  void readsAndWritesThePublishedBlocks(Vectors.Fixture fixture) throws FaultException {
    PbNode node = DagPb.decode(fixture.bytes());
    Bytes encoded = DagPb.encode(node);
    assertThat(encoded).isEqualTo(fixture.bytes());
    assertThat(DagPb.encodedSize(node)).isEqualTo(encoded.size());
    assertThat(new Cid(fixture.cid().version(), Cid.DAG_PB, Multihash.sha256Of(encoded)))
        .isEqualTo(fixture.cid());
  }

  @Test
  void allPublishedBlocksAreThere() throws Exception {
    assertThat(fixtures()).hasSize(17);
  }

  @ParameterizedTest
  @MethodSource("refused")
  void rejectsWhatThePublishedVectorsReject(Vectors.Refused refused) {
    assertThatThrownBy(() -> DagPb.decode(refused.bytes()))
        .isInstanceOf(MalformedDataException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0a", // data without length
        "0a01", // data cut short
        "0a000a00", // data twice
        "0a0012060a0401550000", // data before links
        "1800", // unknown field
        "1207120161 0a0401550000", // name before hash
        "12081800 0a0401550000", // size before hash
        "120c 0a0401550000 0a0401550000", // hash twice
        "120a 0a0401550000 1200 1200", // name twice
        "120a 0a0401550000 1800 1800", // size twice
        "1207 0a050155000000", // CID shorter than its field
        "1206 0a0301550000", // CID longer than its field
        "1205 0a0401550000", // link shorter than its fields
        "120600 0a0401550000", // field number zero
        "12860000 0a0401550000", // length not in its shortest form
        "120a 0a0401550000 18808000", // size not in its shortest form
        "1212 0a0401550000 18ffffffffffffffffff01", // size of 64 bits
        "1209 0a0401550000 120162 1209 0a0401550000 120161", // names out of order
        "1209 0a0401550000 120161 1206 0a0401550000" // no name after a name
      })
  void rejectsAnythingButTheOneEncoding(String hex) throws FaultException {
    Bytes bytes = Bytes.parseHex(hex.replace(" ", ""));
    assertThatThrownBy(() -> DagPb.decode(bytes)).isInstanceOf(MalformedDataException.class);
  }

  @Test
  void anAbsentNameOrSizeIsNotAnEmptyOne() throws FaultException {
    PbLink bare = new PbLink(LEAF, Optional.empty(), OptionalLong.empty());
    PbNode nothing = new PbNode(List.of(bare), Optional.empty());
    PbNode empty = PbNode.of(List.of(PbLink.of(LEAF, Bytes.EMPTY, 0)), Bytes.EMPTY);
    assertThat(DagPb.encode(nothing).hex()).isEqualTo("12060a0401550000");
    assertThat(DagPb.encode(empty).hex()).isEqualTo("120a0a0401550000120018000a00");
    assertThat(DagPb.decode(DagPb.encode(nothing))).isEqualTo(nothing).isNotEqualTo(empty);
    assertThat(DagPb.decode(DagPb.encode(empty))).isEqualTo(empty);
  }

  @Test
  void namesNeedNotBeText() throws FaultException {
    PbNode node = PbNode.of(List.of(PbLink.of(LEAF, Bytes.of(0xff, 0xfe, 0x80), 1)), Bytes.EMPTY);
    assertThat(DagPb.decode(DagPb.encode(node))).isEqualTo(node);
  }

  @Test
  void linksAreInTheOrderOfTheirUnsignedBytes() {
    PbLink high = PbLink.of(LEAF, Bytes.of(0xff), 0);
    PbLink low = PbLink.of(LEAF, Bytes.utf8("a"), 0);
    PbLink longer = PbLink.of(LEAF, Bytes.utf8("aa"), 0);
    assertThat(new PbNode(List.of(low, longer, high), Optional.empty()).links()).hasSize(3);
    assertThatThrownBy(() -> new PbNode(List.of(high, low), Optional.empty()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new PbNode(List.of(longer, low), Optional.empty()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void everyNodeIsReadAsItWasWritten() {
    Seeds.forEach(
        200,
        random -> {
          PbNode node = node(random);
          Bytes encoded = DagPb.encode(node);
          assertThat(DagPb.decode(encoded)).isEqualTo(node);
          assertThat(encoded.size()).isEqualTo(DagPb.encodedSize(node));
        });
  }

  @Test
  void aCutNodeIsRefusedOrAnotherNode() {
    Seeds.forEach(
        20,
        random -> {
          Bytes encoded = DagPb.encode(node(random));
          for (int size = 0; size < encoded.size(); size++) {
            Bytes cut = encoded.slice(0, size);
            try {
              // A cut at the end of a field leaves a shorter node.
              assertThat(DagPb.encode(DagPb.decode(cut))).isEqualTo(cut);
            } catch (MalformedDataException expected) {
              assertThat(expected.offset()).isBetween(0L, (long) size);
            }
          }
        });
  }

  @Test
  void readsNoBlockThatIsTooLarge() throws FaultException {
    int framing = 4;
    Bytes data = Bytes.owning(new byte[Block.MAX_BYTES - framing - 1]);
    Bytes largest = DagPb.encode(PbNode.of(List.of(), data));
    assertThat(largest.size()).isEqualTo(Block.MAX_BYTES);
    assertThat(DagPb.decode(largest).data()).contains(data);

    Bytes larger = Bytes.owning(new byte[Block.MAX_BYTES + 1]);
    assertThatThrownBy(() -> DagPb.decode(larger)).isInstanceOf(LimitExceededException.class);
  }

  private static PbNode node(RandomGenerator random) {
    List<PbLink> links = new ArrayList<>();
    for (int i = random.nextInt(6); i > 0; i--) {
      links.add(
          new PbLink(
              Block.raw(Seeds.bytes(random, 4)).cid(),
              random.nextBoolean() ? Optional.of(Seeds.someBytes(random, 300)) : Optional.empty(),
              random.nextBoolean()
                  ? OptionalLong.of(random.nextLong() >>> 1 >>> random.nextInt(60))
                  : OptionalLong.empty()));
    }
    links.sort(Comparator.comparing(PbLink::nameOrEmpty));
    return new PbNode(
        links, random.nextBoolean() ? Optional.of(Seeds.someBytes(random, 300)) : Optional.empty());
  }
}
