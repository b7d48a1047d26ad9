package spindrift.nix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import spindrift.base.Bytes;
import spindrift.base.MalformedDataException;

final class SignatureTest {
  private static final Bytes MESSAGE = Bytes.utf8("message");

  private static SecretKey secretKey() throws MalformedDataException {
    return SecretKey.parse(Vectors.text("secret-key").strip());
  }

  private static PublicKey publicKey() throws MalformedDataException {
    return PublicKey.parse(Vectors.text("public-key").strip());
  }

  static Stream<Path> narinfos() {
    return Vectors.list("narinfo").stream();
  }

  @ParameterizedTest
  @MethodSource("narinfos")
  void verifiesAndRepeatsTheSignaturesOfNix(Path file) throws Exception {
    NarInfo info = NarInfo.parse(StoreDir.DEFAULT, Vectors.read(file));
    assertThat(info.signers(StoreDir.DEFAULT, List.of(publicKey()))).containsExactly(publicKey());
    Signature own = secretKey().sign(info.fingerprint(StoreDir.DEFAULT));
    assertThat(info.signatureLines()).containsExactly(own.render());
  }

  @Test
  void verifiesASignatureOfThePublicCache() throws Exception {
    PublicKey key =
        PublicKey.parse("cache.nixos.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY=");
    assertThat(key.name()).isEqualTo("cache.nixos.org-1");
    assertThat(key.verifies(MESSAGE, new Signature(key.name(), Bytes.owning(new byte[64]))))
        .isFalse();
  }

  @Test
  void derivesThePublicKeyThatNixDerives() throws Exception {
    assertThat(secretKey().publicKey()).isEqualTo(publicKey());
    assertThat(secretKey().renderSecret()).isEqualTo(Vectors.text("secret-key").strip());
    assertThat(publicKey().render()).isEqualTo(Vectors.text("public-key").strip());
  }

  @Test
  void generatesKeysThatCanBeReadAgain() throws Exception {
    SecretKey key = SecretKey.generate("host-1");
    SecretKey again = SecretKey.parse(key.renderSecret());
    assertThat(again.publicKey()).isEqualTo(key.publicKey());
    assertThat(again.publicKey().verifies(MESSAGE, key.sign(MESSAGE))).isTrue();
    assertThat(SecretKey.generate("host-1").publicKey()).isNotEqualTo(key.publicKey());
  }

  @Test
  void refusesAnotherNameMessageOrSignature() throws Exception {
    SecretKey key = secretKey();
    Signature signature = key.sign(MESSAGE);
    assertThat(key.publicKey().verifies(MESSAGE, signature)).isTrue();
    assertThat(key.publicKey().verifies(Bytes.utf8("massage"), signature)).isFalse();
    assertThat(key.publicKey().verifies(MESSAGE, new Signature("test-2", signature.bytes())))
        .isFalse();
    for (int i = 0; i < Signature.SIZE; i++) {
      byte[] bytes = signature.bytes().toArray();
      bytes[i] ^= (byte) 0x80;
      assertThat(key.publicKey().verifies(MESSAGE, new Signature("test-1", Bytes.owning(bytes))))
          .isFalse();
    }
  }

  @Test
  void showsNothingOfASecretKey() throws Exception {
    assertThat(secretKey()).hasToString("test-1:(secret)");
    String encoded = Vectors.text("secret-key").strip();
    for (String text : List.of(encoded.substring(7), encoded + "A", encoded.replace('G', 'H'))) {
      assertThatThrownBy(() -> SecretKey.parse(text))
          .isInstanceOf(MalformedDataException.class)
          .hasMessageNotContaining(encoded.substring(10, 20));
    }
  }

  @Test
  void rejectsASecretKeyOfTwoHalves() throws Exception {
    String seed = secretKey().renderSecret().substring(0, "test-1:".length() + 42);
    String other = SecretKey.generate("test-1").renderSecret().substring(seed.length());
    assertThatThrownBy(() -> SecretKey.parse(seed + other))
        .isInstanceOf(MalformedDataException.class)
        .hasMessageContaining("halves");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a", ":", "a:", "a:AAAA", " a:AAAA", "a b:AAAA"})
  void rejectsOtherTexts(String text) {
    assertThatThrownBy(() -> Signature.parse(text)).isInstanceOf(MalformedDataException.class);
    assertThatThrownBy(() -> PublicKey.parse(text)).isInstanceOf(MalformedDataException.class);
    assertThatThrownBy(() -> SecretKey.parse(text)).isInstanceOf(MalformedDataException.class);
  }

  @Test
  void limitsTheLengthOfAKeyName() throws Exception {
    String name = "n".repeat(KeyName.MAX_LENGTH);
    String key = publicKey().render().substring("test-1".length());
    assertThat(PublicKey.parse(name + key).name()).isEqualTo(name);
    assertThatThrownBy(() -> PublicKey.parse(name + "n" + key))
        .isInstanceOf(MalformedDataException.class);
    assertThatThrownBy(() -> SecretKey.generate("a:b"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
