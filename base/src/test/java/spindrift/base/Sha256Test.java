package spindrift.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whoever does it, it is what the JDK says. */
final class Sha256Test {
  static Stream<Supplier<Optional<LibcryptoSha256>>> kinds() {
    return Stream.of(Optional::empty, () -> LibcryptoSha256.load(KnownLibrary.LIBCRYPTO.file()));
  }

  private static MessageDigest java() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  private static byte[] noise(Random random, int size) {
    byte[] bytes = new byte[size];
    random.nextBytes(bytes);
    return bytes;
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void piecesOfEverySizeGiveTheHashOfTheWhole(Supplier<Optional<LibcryptoSha256>> system) {
    Random random = new Random(1);
    MessageDigest digest = new Sha256(Sha256Test::java, system);
    MessageDigest java = java();
    int[] sizes = {0, 1, 63, 64, 2047, 2048, 2049, 70_000, 300_000};
    for (int round = 0; round < 200; round++) {
      for (int pieces = random.nextInt(6); pieces > 0; pieces--) {
        byte[] piece = noise(random, sizes[random.nextInt(sizes.length)]);
        java.update(piece);
        switch (random.nextInt(4)) {
          case 0 -> digest.update(ByteBuffer.wrap(piece).asReadOnlyBuffer());
          case 1 -> {
            ByteBuffer direct = ByteBuffer.allocateDirect(piece.length + 3).position(3);
            digest.update(direct.put(piece).position(3));
            assertThat(direct.hasRemaining()).isFalse();
          }
          case 2 -> {
            byte[] wider = new byte[piece.length + 10];
            System.arraycopy(piece, 0, wider, 7, piece.length);
            digest.update(wider, 7, piece.length);
          }
          default -> {
            int half = piece.length / 2;
            digest.update(piece, 0, half);
            for (int at = half; at < Math.min(piece.length, half + 100); at++) {
              digest.update(piece[at]);
            }
            int rest = Math.min(piece.length, half + 100);
            digest.update(piece, rest, piece.length - rest);
          }
        }
      }
      if (random.nextInt(10) == 0) {
        digest.reset();
        java.reset();
      }
      assertThat(digest.digest()).isEqualTo(java.digest());
    }
  }

  @Test
  void severalAtOnceAreApart() {
    assumeTrue(LibcryptoSha256.load(KnownLibrary.LIBCRYPTO.file()).isPresent());
    LibcryptoSha256 system = LibcryptoSha256.load(KnownLibrary.LIBCRYPTO.file()).orElseThrow();
    byte[] one = noise(new Random(2), 5000);
    byte[] other = noise(new Random(3), 5000);
    for (int round = 0; round < 3; round++) {
      MessageDigest first = new Sha256(Sha256Test::java, () -> Optional.of(system));
      MessageDigest second = new Sha256(Sha256Test::java, () -> Optional.of(system));
      first.update(one);
      second.update(other);
      first.update(other);
      assertThat(second.digest()).isEqualTo(java().digest(other));
      MessageDigest both = java();
      both.update(one);
      assertThat(first.digest()).isEqualTo(both.digest(other));
    }
  }

  @Test
  void forLittleNoLibraryIsLookedFor() {
    MessageDigest digest = new Sha256(Sha256Test::java, () -> fail("looked for"));
    assertThat(digest.digest(new byte[2000])).isEqualTo(java().digest(new byte[2000]));
    assertThat(digest.digest()).isEqualTo(java().digest());
  }

  @Test
  void isWithoutALibraryThatIsNotThere() {
    assertThat(LibcryptoSha256.load("libnosuchthing.so.3")).isEmpty();
    assertThat(LibcryptoSha256.load("libc.so.6")).isEmpty();
    assertThat(LibcryptoSha256.load(SystemLibrary.NONE)).isEmpty();
  }
}
