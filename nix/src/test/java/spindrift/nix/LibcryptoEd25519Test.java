package spindrift.nix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.math.BigInteger;
import java.util.Random;
import org.junit.jupiter.api.Test;
import spindrift.base.Bytes;
import spindrift.base.KnownLibrary;
import spindrift.base.SystemLibrary;

/** The system's Ed25519 finds right what the JDK's finds right, and nothing else. */
final class LibcryptoEd25519Test {
  /** The order of the base point. */
  private static final BigInteger ORDER =
      BigInteger.TWO.pow(252).add(new BigInteger("27742317777372353535851937790883648493"));

  private static LibcryptoEd25519 system() {
    assumeTrue(LibcryptoEd25519.load(KnownLibrary.LIBCRYPTO.file()).isPresent());
    return LibcryptoEd25519.load(KnownLibrary.LIBCRYPTO.file()).orElseThrow();
  }

  private static boolean inJava(Bytes key, Bytes message, Bytes signature) throws Exception {
    return Ed25519.verifyInJava(Ed25519.publicKey(key), message, signature);
  }

  @Test
  void agreesWithTheJdk() throws Exception {
    LibcryptoEd25519 system = system();
    Random random = new Random(5);
    for (int count = 0; count < 50; count++) {
      SecretKey secret = SecretKey.generate("key-1");
      Bytes key = secret.publicKey().bytes();
      byte[] message = new byte[random.nextInt(3000)];
      random.nextBytes(message);
      Bytes text = Bytes.owning(message);
      Bytes signature = secret.sign(text).bytes();
      assertThat(system.verifies(key, text, signature)).isTrue();
      assertThat(inJava(key, text, signature)).isTrue();
      byte[] wrong = signature.toArray();
      wrong[random.nextInt(wrong.length)] ^= (byte) (1 << random.nextInt(8));
      assertThat(system.verifies(key, text, Bytes.owning(wrong))).isFalse();
      assertThat(system.verifies(key, text.concat(Bytes.of(0)), signature)).isFalse();
    }
  }

  @Test
  void refusesASecondFormOfASignature() throws Exception {
    SecretKey secret = SecretKey.generate("key-1");
    Bytes message = Bytes.utf8("message");
    byte[] other = secret.sign(message).bytes().toArray();
    byte[] number = new byte[32];
    for (int at = 0; at < 32; at++) {
      number[31 - at] = other[32 + at];
    }
    BigInteger raised = new BigInteger(1, number).add(ORDER);
    for (int at = 0; at < 32; at++) {
      other[32 + at] = raised.shiftRight(8 * at).byteValue();
    }
    assertThat(system().verifies(secret.publicKey().bytes(), message, Bytes.owning(other)))
        .isFalse();
  }

  @Test
  void refusesWhatIsNoKeyOrNoSignature() throws Exception {
    LibcryptoEd25519 system = system();
    SecretKey secret = SecretKey.generate("key-1");
    Bytes message = Bytes.utf8("message");
    Bytes signature = secret.sign(message).bytes();
    Bytes key = secret.publicKey().bytes();
    assertThat(system.verifies(key.slice(0, 31), message, signature)).isFalse();
    assertThat(system.verifies(key, message, signature.slice(0, 63))).isFalse();
    assertThat(system.verifies(key, message, Bytes.EMPTY)).isFalse();
    byte[] offCurve = new byte[32];
    offCurve[0] = 2;
    assertThat(system.verifies(Bytes.owning(offCurve), message, signature)).isFalse();
  }

  @Test
  void isWithoutALibraryThatIsNotThere() {
    assertThat(LibcryptoEd25519.load("libnosuchthing.so.3")).isEmpty();
    assertThat(LibcryptoEd25519.load("libc.so.6")).isEmpty();
    assertThat(LibcryptoEd25519.load(SystemLibrary.NONE)).isEmpty();
  }
}
