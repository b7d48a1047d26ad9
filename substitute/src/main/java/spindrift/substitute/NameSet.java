package spindrift.substitute;

import java.util.Arrays;
import spindrift.base.Bytes;
import spindrift.base.Digests;

/**
 * Names of files in eight bytes each. Among a million, one in some ten million others is taken for
 * one of them. For one thread.
 */
final class NameSet {
  private long[] hashes = new long[1024];
  private int size;
  private int sorted;

  void add(String name) {
    if (size == hashes.length) {
      hashes = Arrays.copyOf(hashes, Math.multiplyExact(size, 2));
    }
    hashes[size++] = hash(name);
  }

  boolean contains(String name) {
    if (sorted < size) {
      Arrays.sort(hashes, 0, size);
      sorted = size;
    }
    return Arrays.binarySearch(hashes, 0, size, hash(name)) >= 0;
  }

  private static long hash(String name) {
    return Digests.sha256(Bytes.utf8(name)).asByteBuffer().getLong();
  }
}
