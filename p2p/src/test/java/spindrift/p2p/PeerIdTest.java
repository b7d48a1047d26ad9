package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import spindrift.base.Bytes;
import spindrift.base.MalformedDataException;
import spindrift.base.Multibase;

class PeerIdTest {
  /** The same peers in several forms, as the multiaddr test cases of other implementations. */
  @ParameterizedTest
  @CsvSource({
    "QmcgpsyWgH8Y8ajJz1Cu72KnS5uo2Aa2LpzU7kinSupNKC,"
        + " k2k4r8oqamigqdo6o7hsbfwd45y70oyynp98usk7zmyfrzpqxh1pohl7,"
        + " bafzbeigvf25ytwc3akrijfecaotc74udrhcxzh2cx3we5qqnw5vgrei4bm",
    "12D3KooWCryG7Mon9orvQxcS1rYZjotPgpwoJNHHKcLLfE4Hf5mV,"
        + " k51qzi5uqu5dhb6l8spkdx7yxafegfkee5by8h7lmjh2ehc2sgg34z7c15vzqs,"
        + " bafzaajaiaejcalj543iwv2d7pkjt7ykvefrkfu7qjfi6sduakhso4lay6abn2d5u"
  })
  void readsAllForms(String base58, String base36, String base32) throws Exception {
    PeerId id = PeerId.parse(base58);
    assertThat(PeerId.parse(base36)).isEqualTo(id).hasSameHashCodeAs(id);
    assertThat(PeerId.parse(base32)).isEqualTo(id);
    assertThat(PeerId.fromBytes(id.multihash())).isEqualTo(id);
    assertThat(id).hasToString(base58);
    assertThat(id.toCid()).isEqualTo(base36);
    assertThat(id.brief()).isEqualTo(base58.substring(base58.length() - 8));
  }

  @Test
  void shortKeysStandInTheIdAndLongOnesAreHashed() throws Exception {
    Bytes ed25519 =
        Bytes.parseHex("080112201ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e");
    PeerId brief = PeerId.of(PublicKey.read(ed25519));
    assertThat(brief.multihash()).isEqualTo(Bytes.of(0, 0x24).concat(ed25519));
    assertThat(brief.toString()).startsWith("12D3KooW");
    assertThat(brief.toCid()).startsWith("k51");

    PublicKey rsa = new PublicKey(PublicKey.Type.RSA, Bytes.owning(new byte[300]));
    assertThat(PeerId.of(rsa).toString()).startsWith("Qm");
    assertThat(PeerId.parse(PeerId.of(rsa).toString())).isEqualTo(PeerId.of(rsa));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "1",
        "Qm",
        "Qm0OIl",
        "12D3KooWCryG7Mon9orvQxcS1rYZjotPgpwoJNHHKcLLfE4Hf5m",
        "QmxoHT6iViN5xAjoz1VZ553cL31U9F94ht3QvWR1FrEbZY",
        "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
        "k",
        "tcp"
      })
  void rejectsTextThatIsNoPeerId(String text) {
    assertThatThrownBy(() -> PeerId.parse(text))
        .isInstanceOf(MalformedDataException.class)
        .hasMessageStartingWith("peer id");
  }

  @Test
  void rejectsEveryTruncation() {
    PeerId id = Identity.generate().peerId();
    for (int size = 0; size < id.multihash().size(); size++) {
      Bytes cut = id.multihash().slice(0, size);
      assertThatThrownBy(() -> PeerId.fromBytes(cut)).isInstanceOf(MalformedDataException.class);
      String text = Multibase.BASE32.encode(Bytes.of(1, 0x72).concat(cut));
      assertThatThrownBy(() -> PeerId.parse(text)).isInstanceOf(MalformedDataException.class);
    }
  }

  @Test
  void rejectsWhatIsTooLong() {
    assertThatThrownBy(() -> PeerId.parse("1".repeat(100_000)))
        .isInstanceOf(MalformedDataException.class);
    assertThatThrownBy(() -> PeerId.parse("b" + "a".repeat(100_000)))
        .isInstanceOf(MalformedDataException.class);
    Bytes longIdentity = Bytes.of(0, 43).concat(Bytes.owning(new byte[43]));
    assertThatThrownBy(() -> PeerId.fromBytes(longIdentity))
        .isInstanceOf(MalformedDataException.class);
  }
}
