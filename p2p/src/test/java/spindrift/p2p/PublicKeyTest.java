package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import spindrift.base.Bytes;
import spindrift.base.MalformedDataException;

class PublicKeyTest {
  private static final Bytes MESSAGE = Bytes.utf8("snow");

  @ParameterizedTest
  @CsvFileSource(resources = "/vectors/peer-ids/keys.csv")
  void readsAndWritesThePublishedKeys(String name, String hex) throws Exception {
    Bytes bytes = Bytes.parseHex(hex);
    if (name.equals("ed25519-private-key")) {
      Identity identity = Identity.read(bytes);
      assertThat(identity.toBytes()).isEqualTo(bytes);
      assertThat(identity.publicKey().verifies(MESSAGE, identity.sign(MESSAGE))).isTrue();
      return;
    }
    PublicKey key = PublicKey.read(bytes);
    assertThat(key.toBytes()).isEqualTo(bytes);
    assertThat(name).startsWith(key.type().name().toLowerCase(java.util.Locale.ROOT));
  }

  @ParameterizedTest
  @CsvSource({
    "RSA, RSA, 2048, SHA256withRSA",
    "ECDSA, EC, secp256r1, SHA256withECDSA",
    "ED25519, Ed25519, '', Ed25519"
  })
  void verifiesSignaturesOfTheJdk(
      PublicKey.Type type, String algorithm, String size, String signing) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
    if (type == PublicKey.Type.RSA) {
      generator.initialize(Integer.parseInt(size));
    } else if (type == PublicKey.Type.ECDSA) {
      generator.initialize(new ECGenParameterSpec(size));
    }
    KeyPair pair = generator.generateKeyPair();
    Bytes pkix = Bytes.copyOf(pair.getPublic().getEncoded());
    Bytes data = type == PublicKey.Type.ED25519 ? pkix.slice(pkix.size() - 32, pkix.size()) : pkix;
    PublicKey key = new PublicKey(type, data);
    Signature signer = Signature.getInstance(signing);
    signer.initSign(pair.getPrivate());
    signer.update(MESSAGE.toArray());
    Bytes signature = Bytes.owning(signer.sign());

    assertThat(key.verifies(MESSAGE, signature)).isTrue();
    assertThat(PublicKey.read(key.toBytes()).verifies(MESSAGE, signature)).isTrue();
    assertThat(key.verifies(Bytes.utf8("rain"), signature)).isFalse();
    for (int size1 = 0; size1 < signature.size(); size1++) {
      assertThat(key.verifies(MESSAGE, signature.slice(0, size1))).isFalse();
    }
    byte[] changed = signature.toArray();
    changed[changed.length / 2] ^= 1;
    assertThat(key.verifies(MESSAGE, Bytes.owning(changed))).isFalse();
  }

  @Test
  void keysThatTheJdkDoesNotKnowProveNothing() {
    Bytes garbage = Bytes.owning(new byte[33]);
    for (PublicKey.Type type :
        new PublicKey.Type[] {PublicKey.Type.SECP256K1, PublicKey.Type.ECDSA, PublicKey.Type.RSA}) {
      assertThat(new PublicKey(type, garbage).verifies(MESSAGE, garbage)).isFalse();
    }
    Bytes noPoint =
        Bytes.owning("\377".repeat(32).getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
    assertThat(
            new PublicKey(PublicKey.Type.ED25519, noPoint)
                .verifies(MESSAGE, noPoint.concat(noPoint)))
        .isFalse();
  }

  @Test
  void rsaKeysHaveASmallestSize() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(1024);
    KeyPair pair = generator.generateKeyPair();
    Signature signer = Signature.getInstance("SHA256withRSA");
    signer.initSign(pair.getPrivate());
    signer.update(MESSAGE.toArray());
    PublicKey key = new PublicKey(PublicKey.Type.RSA, Bytes.owning(pair.getPublic().getEncoded()));
    assertThat(key.verifies(MESSAGE, Bytes.owning(signer.sign()))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "0801", "0804120100", "08011201ff", "08021201ff", "0800", "1220", "0a00"})
  void rejectsBytesThatAreNoKey(String hex) throws Exception {
    Bytes bytes = Bytes.parseHex(hex);
    assertThatThrownBy(() -> PublicKey.read(bytes)).isInstanceOf(MalformedDataException.class);
  }

  @ParameterizedTest
  @CsvFileSource(resources = "/vectors/peer-ids/keys.csv")
  void rejectsEveryTruncation(String name, String hex) throws Exception {
    Bytes whole = Bytes.parseHex(hex);
    for (int size = 0; size < whole.size(); size++) {
      Bytes cut = whole.slice(0, size);
      assertThatThrownBy(
              () -> {
                if (name.contains("private")) {
                  Identity.read(cut);
                } else {
                  PublicKey.read(cut);
                }
              })
          .isInstanceOf(MalformedDataException.class);
    }
  }

  @Test
  void keysHaveALargestSize() throws Exception {
    PublicKey largest =
        new PublicKey(PublicKey.Type.RSA, Bytes.owning(new byte[PublicKey.MAX_DATA_BYTES]));
    assertThat(PublicKey.read(largest.toBytes())).isEqualTo(largest);
    Bytes larger =
        new spindrift.base.ProtoWriter()
            .varint(1, 0)
            .bytes(2, Bytes.owning(new byte[PublicKey.MAX_DATA_BYTES + 1]))
            .toBytes();
    assertThatThrownBy(() -> PublicKey.read(larger)).isInstanceOf(MalformedDataException.class);
  }
}
