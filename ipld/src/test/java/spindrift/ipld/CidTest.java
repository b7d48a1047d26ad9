package spindrift.ipld;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import spindrift.base.Bytes;
import spindrift.base.Digests;
import spindrift.base.FaultException;
import spindrift.base.IntegrityException;
import spindrift.base.MalformedDataException;
import spindrift.base.Multibase;
import spindrift.base.Multihash;
import spindrift.testkit.Seeds;

class CidTest {
  private static final Cid EMPTY_RAW = Cid.raw(Digests.sha256(Bytes.EMPTY));

  @ParameterizedTest
  @ValueSource(
      strings = {
        "QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH",
        "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
        "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354",
        "bafkqabiaaebagba",
        "bagyqcvraypzcitp3hsbtyyxhfyc3p7i3226lullm2rkzqsqqlhnxus7tqnea",
        "bahaacvrasyauh7rmlyrmyc7qzvktjv7x6q2h6ttvei6qon43tl3riaaaaaaa"
      })
  void writesTheTextThatItRead(String text) throws FaultException {
    Cid cid = Cid.parse(text);
    assertThat(cid).hasToString(text);
    assertThat(Cid.fromBytes(cid.toBytes())).isEqualTo(cid);
    assertThat(cid.toBytes().size()).isEqualTo(cid.byteSize()).isLessThan(Cid.MAX_BYTES);
  }

  @ParameterizedTest
  @EnumSource
  void readsVersionOneInEveryBase(Multibase base) throws FaultException {
    assertThat(Cid.parse(EMPTY_RAW.toString(base))).isEqualTo(EMPTY_RAW);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "b",
        "Qm",
        "QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQ",
        "QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQ0",
        "zQmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH",
        "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyk",
        "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvykuaa",
        "/ipfs/bafkqaaa"
      })
  void rejectsTextThatIsNoCid(String text) {
    assertThatThrownBy(() -> Cid.parse(text)).isInstanceOf(MalformedDataException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"00", "0055", "02550000", "1220", "1214aa", "015500", "815500", "01d50000"})
  void rejectsBytesThatAreNoCid(String hex) throws FaultException {
    Bytes bytes = Bytes.parseHex(hex);
    assertThatThrownBy(() -> Cid.fromBytes(bytes)).isInstanceOf(MalformedDataException.class);
  }

  @Test
  void rejectsEveryTruncation() {
    for (Cid cid : Set.of(EMPTY_RAW, Cid.v0(Multihash.sha256Of(Bytes.EMPTY)))) {
      for (int size = 0; size < cid.byteSize(); size++) {
        Bytes cut = cid.toBytes().slice(0, size);
        assertThatThrownBy(() -> Cid.fromBytes(cut)).isInstanceOf(MalformedDataException.class);
      }
    }
  }

  @Test
  void versionZeroIsSha256OfDagPbOnly() {
    Multihash sha256 = Multihash.sha256Of(Bytes.EMPTY);
    assertThatThrownBy(() -> new Cid(0, Cid.RAW, sha256))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Cid.v0(Multihash.identity(Bytes.EMPTY)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Cid(2, Cid.RAW, sha256))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(Cid.v0(sha256).toV1()).isEqualTo(Cid.of(Cid.DAG_PB, sha256));
    assertThat(Cid.v0(sha256)).isNotEqualTo(Cid.v0(sha256).toV1());
    assertThatThrownBy(() -> Cid.v0(sha256).toString(Multibase.BASE32))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void anIdentityCidContainsItsBlock() throws FaultException {
    Cid cid = Cid.identityRaw(Bytes.of(1, 2, 3));
    assertThat(cid.isIdentity()).isTrue();
    assertThat(cid.digest()).isEqualTo(Bytes.of(1, 2, 3));
    assertThat(EMPTY_RAW.isIdentity()).isFalse();
    assertThat(Cid.parse("bafkqaaa")).isEqualTo(Cid.identityRaw(Bytes.EMPTY));
  }

  @Test
  void provesBlocks() {
    assertThatCode(() -> EMPTY_RAW.verify(Bytes.EMPTY, "test")).doesNotThrowAnyException();
    assertThatThrownBy(() -> EMPTY_RAW.verify(Bytes.of(1), "a peer"))
        .isInstanceOf(IntegrityException.class)
        .hasMessageContaining("a peer")
        .hasMessageContaining(EMPTY_RAW.toString());
    Cid blake3 = Cid.of(Cid.RAW, new Multihash(Multihash.BLAKE3, EMPTY_RAW.digest()));
    assertThatThrownBy(() -> blake3.verify(Bytes.EMPTY, "a peer"))
        .isInstanceOf(IntegrityException.class);
  }

  @Test
  void equalCidsHaveEqualHashesAndOrder() {
    Seeds.forEach(
        200,
        random -> {
          Cid cid =
              new Cid(
                  1,
                  random.nextLong() >>> 1 >>> random.nextInt(60),
                  new Multihash(random.nextInt(100), Seeds.someBytes(random, 128)));
          Cid same = Cid.fromBytes(cid.toBytes());
          assertThat(same).isEqualTo(cid).hasSameHashCodeAs(cid).isEqualByComparingTo(cid);
          assertThat(Cid.parse(cid.toString())).isEqualTo(cid);
        });
  }

  @Test
  void differsInEachOfItsParts() {
    Multihash hash = Multihash.sha256Of(Bytes.EMPTY);
    Set<Cid> all =
        Set.of(
            Cid.v0(hash),
            Cid.of(Cid.DAG_PB, hash),
            Cid.of(Cid.RAW, hash),
            Cid.of(Cid.RAW, new Multihash(Multihash.BLAKE3, hash.digest())),
            Cid.of(Cid.RAW, Multihash.sha256Of(Bytes.of(1))));
    assertThat(new HashSet<>(all)).hasSize(5);
    assertThat(new TreeSet<>(all)).hasSize(5);
  }

  @Test
  void hashesOfDigestsAndOfIdentitiesSpread() {
    Set<Integer> hashes = new HashSet<>();
    for (int i = 0; i < 1000; i++) {
      Bytes content = Bytes.utf8("framing " + i + " and the same end of all of them");
      hashes.add(Block.raw(content).cid().hashCode());
      hashes.add(Cid.identityRaw(content).hashCode());
    }
    assertThat(hashes).hasSizeGreaterThan(1990);
  }
}
