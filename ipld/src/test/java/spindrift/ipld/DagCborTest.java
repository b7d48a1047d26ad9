package spindrift.ipld;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
import spindrift.ipld.DagCborValue.Binary;
import spindrift.ipld.DagCborValue.Bool;
import spindrift.ipld.DagCborValue.Fields;
import spindrift.ipld.DagCborValue.Int;
import spindrift.ipld.DagCborValue.Items;
import spindrift.ipld.DagCborValue.Link;
import spindrift.ipld.DagCborValue.Null;
import spindrift.ipld.DagCborValue.Real;
import spindrift.ipld.DagCborValue.Text;
import spindrift.testkit.Seeds;

class DagCborTest {
  static Stream<Vectors.Fixture> fixtures() throws Exception {
    return Vectors.codecFixtures("dag-cbor");
  }

  static Stream<Vectors.Refused> refused() throws Exception {
    return Vectors.refused("dag-cbor-decode-duplicate-keys.json");
  }

  @ParameterizedTest
  @MethodSource("fixtures")
  void readsAndWritesThePublishedBlocks(Vectors.Fixture fixture) throws FaultException {
    Bytes encoded = DagCbor.encode(DagCbor.decode(fixture.bytes()));
    assertThat(encoded).isEqualTo(fixture.bytes());
    assertThat(Block.of(Cid.DAG_CBOR, encoded).cid()).isEqualTo(fixture.cid());
  }

  @Test
  void allPublishedBlocksAreThere() throws Exception {
    assertThat(fixtures()).hasSize(128);
  }

  @ParameterizedTest
  @MethodSource("refused")
  void rejectsWhatThePublishedVectorsReject(Vectors.Refused refused) {
    assertThatThrownBy(() -> DagCbor.decode(refused.bytes()))
        .isInstanceOf(MalformedDataException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", // nothing
        "0000", // something behind
        "1800", // shortest form has no argument byte
        "1817",
        "190018",
        "1900ff",
        "1a0000ffff",
        "1b00000000ffffffff",
        "3817",
        "5800",
        "9800",
        "b800",
        "1c", // reserved
        "1f",
        "5f4100ff", // indefinite
        "7f6161ff",
        "9fff",
        "bfff",
        "42", // cut short
        "5bffffffffffffffff", // a length of 64 bits
        "9bffffffffffffffff",
        "9affffffff", // more items than bytes left
        "61ff", // no UTF-8
        "62c080",
        "63eda080",
        "a10000", // key that is no text
        "a1410000",
        "a2616100616100", // key twice
        "a2616200616100", // keys out of order
        "a262616100616200",
        "a16161", // key without value
        "c0", // another tag
        "c11a514b67b0",
        "d829410000",
        "d82a00", // link that is no bytes
        "d82a40", // link without prefix
        "d82a4101",
        "d82a450155000000", // link without zero
        "d82a46000155000000", // bytes behind the CID
        "d82a4400015500", // CID cut short
        "d9002a450001550000", // tag not in its shortest form
        "f0", // simple values
        "f7",
        "f818",
        "f8ff",
        "f97e00", // floats of other sizes
        "fa3f800000",
        "fb7ff0000000000000", // infinity
        "fb7ff8000000000000", // not a number
        "fbfff0000000000000",
        "fb00", // cut short
        "ff"
      })
  void rejectsAnythingButTheOneEncoding(String hex) throws FaultException {
    Bytes bytes = Bytes.parseHex(hex);
    assertThatThrownBy(() -> DagCbor.decode(bytes)).isInstanceOf(MalformedDataException.class);
  }

  @Test
  void everyValueIsReadAsItWasWritten() {
    Seeds.forEach(
        300,
        random -> {
          DagCborValue value = value(random, 4);
          Bytes encoded = DagCbor.encode(value);
          assertThat(DagCbor.decode(encoded)).isEqualTo(value);
          assertThat(DagCbor.encode(DagCbor.decode(encoded))).isEqualTo(encoded);
        });
  }

  @Test
  void everyTruncationIsRefused() {
    Seeds.forEach(
        30,
        random -> {
          Bytes encoded = DagCbor.encode(value(random, 4));
          for (int size = 0; size < encoded.size(); size++) {
            Bytes cut = encoded.slice(0, size);
            assertThatThrownBy(() -> DagCbor.decode(cut))
                .isInstanceOf(MalformedDataException.class);
          }
        });
  }

  @Test
  void nestsUpToALimit() throws FaultException {
    byte[] lists = new byte[DagCbor.MAX_DEPTH + 1];
    Arrays.fill(lists, (byte) 0x81);
    lists[DagCbor.MAX_DEPTH] = (byte) 0xf6;
    DagCborValue deepest = DagCbor.decode(Bytes.copyOf(lists));
    assertThat(DagCbor.encode(deepest)).isEqualTo(Bytes.copyOf(lists));
    assertThatThrownBy(() -> DagCbor.encode(Items.of(deepest)))
        .isInstanceOf(IllegalArgumentException.class);

    byte[] more = new byte[1 << 20];
    Arrays.fill(more, (byte) 0x81);
    assertThatThrownBy(() -> DagCbor.decode(Bytes.owning(more)))
        .isInstanceOf(LimitExceededException.class);
  }

  @Test
  void readsNoBlockThatIsTooLarge() {
    Bytes larger = Bytes.owning(new byte[Block.MAX_BYTES + 1]);
    assertThatThrownBy(() -> DagCbor.decode(larger)).isInstanceOf(LimitExceededException.class);
  }

  @Test
  void integersHave64BitsAndASign() {
    BigInteger limit = BigInteger.ONE.shiftLeft(64);
    assertThat(DagCbor.encode(new Int(limit.subtract(BigInteger.ONE))).hex())
        .isEqualTo("1bffffffffffffffff");
    assertThat(DagCbor.encode(new Int(limit.negate())).hex()).isEqualTo("3bffffffffffffffff");
    assertThatThrownBy(() -> new Int(limit)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Int(limit.negate().subtract(BigInteger.ONE)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void refusesValuesThatHaveNoEncoding() {
    assertThatThrownBy(() -> new Real(Double.NaN)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Real(Double.NEGATIVE_INFINITY))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Text("\ud800")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Fields(Map.of("\udc00", Null.NULL)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void keysAreOrderedByTheLengthOfTheirUtf8() {
    Fields fields =
        new Fields(
            Map.of(
                "zz", Null.NULL, "\u00e9", Null.NULL, "b", Null.NULL, "aaa", Null.NULL, "",
                Null.NULL));
    assertThat(fields.values().keySet()).containsExactly("", "b", "zz", "\u00e9", "aaa");
  }

  private static DagCborValue value(RandomGenerator random, int depth) {
    return switch (random.nextInt(depth == 0 ? 7 : 9)) {
      case 0 -> Null.NULL;
      case 1 -> Bool.of(random.nextBoolean());
      case 2 -> Int.of(random.nextLong() >> random.nextInt(64));
      case 3 -> new Real(random.nextDouble() * random.nextInt());
      case 4 -> new Text(Seeds.someBytes(random, 40).display());
      case 5 -> new Binary(Seeds.someBytes(random, 300));
      case 6 -> new Link(Block.raw(Seeds.bytes(random, 4)).cid());
      case 7 -> {
        List<DagCborValue> items = new ArrayList<>();
        for (int i = random.nextInt(30); i > 0; i--) {
          items.add(value(random, depth - 1));
        }
        yield new Items(items);
      }
      default -> {
        Map<String, DagCborValue> fields = new LinkedHashMap<>();
        for (int i = random.nextInt(30); i > 0; i--) {
          fields.put(Seeds.someBytes(random, 5).display(), value(random, depth - 1));
        }
        yield new Fields(fields);
      }
    };
  }
}
