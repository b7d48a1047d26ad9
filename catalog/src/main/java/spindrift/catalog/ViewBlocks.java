package spindrift.catalog;

import java.util.Arrays;
import spindrift.base.Bytes;
import spindrift.ipld.Cid;

/**
 * The blocks of a store object's views, by the beginnings of their SHA-256 digests. For one thread.
 */
final class ViewBlocks {
  /** Bytes of a digest that tell blocks apart: to make two that share them takes 2^64 hashes. */
  static final int DIGEST_BYTES = 16;

  private byte[] digests = new byte[64 * DIGEST_BYTES];
  private int size;

  /** Adds a block; one that is inside its CID is nowhere, and is left out. */
  void add(Cid cid) {
    if (!cid.isSha256()) {
      return;
    }
    if (size == digests.length) {
      digests = Arrays.copyOf(digests, Math.multiplyExact(size, 2));
    }
    cid.digest().slice(0, DIGEST_BYTES).copyTo(digests, size);
    size += DIGEST_BYTES;
  }

  /** The digests, each once, in ascending order, one behind the other. */
  Bytes digests() {
    Bytes all = Bytes.owning(digests);
    Bytes[] each = new Bytes[size / DIGEST_BYTES];
    Arrays.setAll(each, i -> all.slice(i * DIGEST_BYTES, (i + 1) * DIGEST_BYTES));
    Arrays.sort(each);
    byte[] sorted = new byte[size];
    int end = 0;
    for (int i = 0; i < each.length; i++) {
      if (i == 0 || !each[i].equals(each[i - 1])) {
        each[i].copyTo(sorted, end);
        end += DIGEST_BYTES;
      }
    }
    return Bytes.owning(Arrays.copyOf(sorted, end));
  }
}
