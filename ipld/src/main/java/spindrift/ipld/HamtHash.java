package spindrift.ipld;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import spindrift.base.Bytes;

/**
 * The path of a name through a sharded directory: the first 64 bits of MurmurHash3-x64-128 with
 * seed 0, taken from the most significant bit on, as many bits a level as a fan-out has.
 *
 * @see <a
 *     href="https://github.com/aappleby/smhasher/blob/master/src/MurmurHash3.cpp">MurmurHash3</a>
 */
final class HamtHash {
  private static final long C1 = 0x87c3_7b91_1142_53d5L;
  private static final long C2 = 0x4cf5_ad43_2745_937fL;
  private static final int BLOCK = 16;

  private HamtHash() {}

  /** How many levels the bits of a hash suffice for. */
  static int maxDepth(int fanout) {
    return Long.SIZE / bits(fanout);
  }

  /** The slot at a level, 0…{@link #maxDepth}-1. */
  static int index(long hash, int depth, int fanout) {
    return (int) (hash >>> (Long.SIZE - (depth + 1) * bits(fanout))) & (fanout - 1);
  }

  /** The bits of a hash that the first levels use, as a number. */
  static long path(long hash, int levels, int fanout) {
    return levels == 0 ? 0 : hash >>> (Long.SIZE - levels * bits(fanout));
  }

  private static int bits(int fanout) {
    return Integer.numberOfTrailingZeros(fanout);
  }

  static long of(Bytes name) {
    ByteBuffer in = name.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    long h1 = 0;
    long h2 = 0;
    while (in.remaining() >= BLOCK) {
      h1 ^= mix1(in.getLong());
      h1 = (Long.rotateLeft(h1, 27) + h2) * 5 + 0x52dc_e729;
      h2 ^= mix2(in.getLong());
      h2 = (Long.rotateLeft(h2, 31) + h1) * 5 + 0x3849_5ab5;
    }
    byte[] tail = new byte[BLOCK];
    in.get(tail, 0, in.remaining());
    ByteBuffer rest = ByteBuffer.wrap(tail).order(ByteOrder.LITTLE_ENDIAN);
    h1 ^= mix1(rest.getLong()) ^ name.size();
    h2 ^= mix2(rest.getLong()) ^ name.size();
    h1 += h2;
    h2 += h1;
    return finish(h1) + finish(h2);
  }

  private static long mix1(long k) {
    return Long.rotateLeft(k * C1, 31) * C2;
  }

  private static long mix2(long k) {
    return Long.rotateLeft(k * C2, 33) * C1;
  }

  private static long finish(long h) {
    long k = (h ^ (h >>> 33)) * 0xff51_afd7_ed55_8ccdL;
    k = (k ^ (k >>> 33)) * 0xc4ce_b9fe_1a85_ec53L;
    return k ^ (k >>> 33);
  }
}
