package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import spindrift.base.Bytes;
import spindrift.base.KnownLibrary;
import spindrift.base.SystemLibrary;

/** The JDK's and the system's do the same. */
final class AeadTest {
  private static final Bytes KEY = random(1, Aead.KEY_BYTES);

  /** Makes one of a kind. */
  @FunctionalInterface
  interface Kind {
    Aead under(Bytes key);
  }

  static Stream<Kind> kinds() {
    return Stream.concat(
        Stream.of(JavaAead::new),
        LibcryptoAead.load(KnownLibrary.LIBCRYPTO.file()).stream().map(library -> library::under));
  }

  private static Bytes random(int seed, int size) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return Bytes.owning(bytes);
  }

  private static byte[] nonce(int number) {
    byte[] nonce = new byte[Aead.NONCE_BYTES];
    nonce[4] = (byte) number;
    return nonce;
  }

  @Test
  void theSystemsAgreesWithTheJdks() {
    assumeTrue(LibcryptoAead.load(KnownLibrary.LIBCRYPTO.file()).isPresent());
    Aead system = LibcryptoAead.load(KnownLibrary.LIBCRYPTO.file()).orElseThrow().under(KEY);
    Aead java = new JavaAead(KEY);
    int number = 0;
    for (int size : new int[] {0, 1, 15, 16, 17, 63, 64, 65, 300, 4096, 65519}) {
      for (int more : new int[] {0, 1, 32}) {
        byte[] text = random(size, size).toArray();
        Bytes associated = random(7, more);
        byte[] one = new byte[size + Aead.TAG_BYTES];
        byte[] other = new byte[size + Aead.TAG_BYTES];
        number++;
        assertThat(system.seal(nonce(number), associated, text, 0, size, one, 0))
            .isEqualTo(java.seal(nonce(number), associated, text, 0, size, other, 0))
            .isEqualTo(one.length);
        assertThat(one).isEqualTo(other);
        byte[] opened = new byte[size];
        assertThat(system.open(nonce(number), associated, one, 0, one.length, opened, 0))
            .isEqualTo(size);
        assertThat(opened).isEqualTo(text);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void worksInPlaceAndLeavesAloneWhatIsAround(Kind kind) {
    Aead aead = kind.under(KEY);
    byte[] text = random(3, 1000).toArray();
    byte[] buffer = new byte[1100];
    Arrays.fill(buffer, (byte) 0x55);
    System.arraycopy(text, 0, buffer, 40, text.length);
    assertThat(aead.seal(nonce(1), Bytes.EMPTY, buffer, 40, 1000, buffer, 40)).isEqualTo(1016);
    assertThat(Arrays.copyOfRange(buffer, 40, 1040)).isNotEqualTo(text);
    assertThat(aead.open(nonce(1), Bytes.EMPTY, buffer, 40, 1016, buffer, 40)).isEqualTo(1000);
    assertThat(Arrays.copyOfRange(buffer, 40, 1040)).isEqualTo(text);
    for (int at = 0; at < buffer.length; at++) {
      if (at < 40 || at >= 1056) {
        assertThat(buffer[at]).isEqualTo((byte) 0x55);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void refusesWhatWasChanged(Kind kind) {
    Aead aead = kind.under(KEY);
    byte[] sealed = new byte[100 + Aead.TAG_BYTES];
    Bytes associated = Bytes.utf8("header");
    aead.seal(nonce(1), associated, new byte[100], 0, 100, sealed, 0);
    byte[] out = new byte[100];
    for (int at = 0; at < sealed.length; at++) {
      byte[] wrong = sealed.clone();
      wrong[at] ^= 1;
      assertThat(aead.open(nonce(1), associated, wrong, 0, wrong.length, out, 0)).isEqualTo(-1);
    }
    assertThat(aead.open(nonce(2), associated, sealed, 0, sealed.length, out, 0)).isEqualTo(-1);
    assertThat(aead.open(nonce(1), Bytes.EMPTY, sealed, 0, sealed.length, out, 0)).isEqualTo(-1);
    assertThat(aead.open(nonce(1), associated, sealed, 0, sealed.length - 1, out, 0)).isEqualTo(-1);
    assertThat(aead.open(nonce(1), associated, sealed, 0, sealed.length, out, 0))
        .as("it goes on after a wrong one")
        .isEqualTo(100);
    assertThat(kind.under(random(2, Aead.KEY_BYTES)))
        .satisfies(
            other ->
                assertThat(other.open(nonce(1), associated, sealed, 0, sealed.length, out, 0))
                    .isEqualTo(-1));
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void writesNothingBeyondAnArray(Kind kind) {
    Aead aead = kind.under(KEY);
    assertThatThrownBy(() -> aead.seal(nonce(1), Bytes.EMPTY, new byte[64], 0, 64, new byte[79], 0))
        .isInstanceOf(RuntimeException.class);
    byte[] sealed = new byte[64 + Aead.TAG_BYTES];
    aead.seal(nonce(2), Bytes.EMPTY, new byte[64], 0, 64, sealed, 0);
    assertThatThrownBy(
            () -> aead.open(nonce(2), Bytes.EMPTY, sealed, 0, sealed.length, new byte[63], 0))
        .isInstanceOf(RuntimeException.class);
    assertThatThrownBy(() -> aead.seal(nonce(3), Bytes.EMPTY, new byte[64], 1, 64, new byte[80], 0))
        .isInstanceOf(RuntimeException.class);
  }

  @Test
  void isWithoutALibraryThatIsNotThere() {
    assertThat(LibcryptoAead.load("libnosuchthing.so.3")).isEmpty();
    assertThat(LibcryptoAead.load("libc.so.6")).isEmpty();
    assertThat(LibcryptoAead.load(SystemLibrary.NONE)).isEmpty();
  }
}
