package spindrift.ipld;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import java.util.stream.Stream;
import spindrift.base.Bytes;

/**
 * Two names that MurmurHash3 cannot tell apart, as an attacker makes them: the hash has no key, and
 * its rounds can be run backwards.
 */
final class MurmurCollision {
  private static final long C1 = 0x87c3_7b91_1142_53d5L;
  private static final long C2 = 0x4cf5_ad43_2745_937fL;
  private static final long ADD1 = 0x52dc_e729;
  private static final long ADD2 = 0x3849_5ab5;

  private MurmurCollision() {}

  static Stream<Bytes> names() {
    Random random = new Random(7);
    long[] first = {0x6161616161616161L, 0x6262626262626262L, 0x6363636363636363L, 0x64646464L};
    first[3] |= first[3] << 32;
    long[] target = round(round(new long[2], first[0], first[1]), first[2], first[3]);
    while (true) {
      long a = random.nextLong();
      long b = random.nextLong();
      long[] state = round(new long[2], a, b);
      long y = Long.rotateRight((target[0] - ADD1) * inverse(5) - state[1], 27) ^ state[0];
      long z = Long.rotateRight((target[1] - ADD2) * inverse(5) - target[0], 31) ^ state[1];
      long c = Long.rotateRight(y * inverse(C2), 31) * inverse(C1);
      long d = Long.rotateRight(z * inverse(C1), 33) * inverse(C2);
      Bytes second = bytes(a, b, c, d);
      if (UnixFsEntry.isName(second)) {
        return Stream.of(bytes(first), second);
      }
    }
  }

  private static long[] round(long[] state, long k1, long k2) {
    long h1 = state[0] ^ Long.rotateLeft(k1 * C1, 31) * C2;
    h1 = (Long.rotateLeft(h1, 27) + state[1]) * 5 + ADD1;
    long h2 = state[1] ^ Long.rotateLeft(k2 * C2, 33) * C1;
    h2 = (Long.rotateLeft(h2, 31) + h1) * 5 + ADD2;
    return new long[] {h1, h2};
  }

  /** The number that an odd one has to be multiplied with to give 1, modulo 2^64. */
  private static long inverse(long odd) {
    long inverse = odd;
    for (int i = 0; i < 6; i++) {
      inverse *= 2 - odd * inverse;
    }
    return inverse;
  }

  private static Bytes bytes(long... words) {
    ByteBuffer buffer = ByteBuffer.allocate(8 * words.length).order(ByteOrder.LITTLE_ENDIAN);
    for (long word : words) {
      buffer.putLong(word);
    }
    return Bytes.owning(buffer.array());
  }
}
