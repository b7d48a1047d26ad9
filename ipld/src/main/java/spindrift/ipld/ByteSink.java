package spindrift.ipld;

import java.util.Arrays;
import spindrift.base.Bytes;
import spindrift.base.Varint;

/** A growing buffer that an encoder writes to. */
final class ByteSink {
  private byte[] array;
  private int size;

  ByteSink(int expectedBytes) {
    array = new byte[Math.max(16, expectedBytes)];
  }

  void put(int value) {
    reserve(1);
    array[size++] = (byte) value;
  }

  void put(Bytes bytes) {
    reserve(bytes.size());
    bytes.copyTo(array, size);
    size += bytes.size();
  }

  void put(Cid cid) {
    reserve(cid.byteSize());
    size = cid.write(array, size);
  }

  void putVarint(long value) {
    reserve(Varint.size(value));
    size = Varint.write(value, array, size);
  }

  /** The lowest {@code count} bytes of a value, most significant first. */
  void putBigEndian(long value, int count) {
    for (int shift = 8 * (count - 1); shift >= 0; shift -= 8) {
      put((int) (value >>> shift));
    }
  }

  /** What was written; this sink is not to be used afterwards. */
  Bytes toBytes() {
    return Bytes.owning(size == array.length ? array : Arrays.copyOf(array, size));
  }

  private void reserve(int count) {
    if (array.length - size < count) {
      array = Arrays.copyOf(array, Math.max(size + count, array.length * 2));
    }
  }
}
