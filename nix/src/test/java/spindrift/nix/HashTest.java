package spindrift.nix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import spindrift.base.Bytes;
import spindrift.base.MalformedDataException;

final class HashTest {
  private static final String HELLO_HEX =
      "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
  private static final String HELLO_NIX32 = "00xyyr3fi8l6hb839bv3f7yb86yjv7xi1cgh1xnhipym4asvb4aq";

  @Test
  void encodesAsNixDoes() throws Exception {
    assertThat(Nix32.encode(Bytes.parseHex(HELLO_HEX))).isEqualTo(HELLO_NIX32);
    assertThat(Nix32.decode(HELLO_NIX32).hex()).isEqualTo(HELLO_HEX);
    assertThat(Nix32.encode(Bytes.EMPTY)).isEmpty();
    assertThat(Nix32.encode(Bytes.parseHex("1f"))).isEqualTo("0z");
  }

  @Test
  void decodesWhatItEncodedForEverySize() throws Exception {
    for (int size = 0; size < 70; size++) {
      byte[] bytes = new byte[size];
      for (int i = 0; i < size; i++) {
        bytes[i] = (byte) (i * 37 + size);
      }
      Bytes value = Bytes.owning(bytes);
      String text = Nix32.encode(value);
      assertThat(text).hasSize(Nix32.length(size));
      assertThat(Nix32.decode(text)).isEqualTo(value);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0", // no number of bytes
        "000", // likewise
        "0e", // not in the alphabet
        "0A", "0\u0142", "80", // bits past the end: one byte has two spellings otherwise
        "zz",
      })
  void rejectsNix32WithAnotherSpelling(String text) {
    assertThatThrownBy(() -> Nix32.decode(text)).isInstanceOf(MalformedDataException.class);
  }

  @Test
  void readsEverySpellingOfAHash() throws Exception {
    NixHash hash = NixHash.sha256Of(Bytes.utf8("hello\n"));
    assertThat(hash.hex()).isEqualTo(HELLO_HEX);
    assertThat(hash.prefixedNix32()).isEqualTo("sha256:" + HELLO_NIX32);
    assertThat(hash.sri()).isEqualTo("sha256-WJG1tSLV3whtD/CxEPvZ0hu0/HFjrzTQgoai6Eb2vgM=");
    assertThat(NixHash.parse(hash.prefixedHex())).isEqualTo(hash);
    assertThat(NixHash.parse(hash.prefixedNix32())).isEqualTo(hash);
    assertThat(NixHash.parse(hash.sri())).isEqualTo(hash);
    assertThat(NixHash.parse(hash.sri().replace('-', ':'))).isEqualTo(hash);
  }

  @ParameterizedTest
  @EnumSource(HashAlgorithm.class)
  void readsAndRendersEveryAlgorithm(HashAlgorithm algorithm) throws Exception {
    NixHash hash = new NixHash(algorithm, Bytes.owning(new byte[algorithm.size()]));
    assertThat(NixHash.parse(hash.prefixedNix32())).isEqualTo(hash);
    assertThat(NixHash.parse(hash.prefixedHex())).isEqualTo(hash);
    assertThat(NixHash.parse(hash.sri())).isEqualTo(hash);
    assertThat(algorithm.newDigest().isPresent()).isEqualTo(algorithm != HashAlgorithm.BLAKE3);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "sha256",
        "sha256:",
        "sha256-",
        "sha3:" + HELLO_HEX,
        "sha1:" + HELLO_HEX,
        "sha256:0" + HELLO_NIX32,
        "sha256:zz" + HELLO_HEX,
        "sha256-WJG1tSLV3whtD/CxEPvZ0hu0/HFjrzTQgoai6Eb2vgN=", // unused bits
        "sha256-WJG1tSLV3whtD/CxEPvZ0hu0/HFjrzTQgoai6Eb2vgM", // no padding
        "sha256-WJG1tSLV3whtD_CxEPvZ0hu0/HFjrzTQgoai6Eb2vgM=", // another alphabet
      })
  void rejectsOtherTexts(String text) {
    assertThatThrownBy(() -> NixHash.parse(text)).isInstanceOf(MalformedDataException.class);
  }

  @Test
  void refusesADigestOfTheWrongSize() {
    assertThatThrownBy(() -> NixHash.sha256(Bytes.EMPTY))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
