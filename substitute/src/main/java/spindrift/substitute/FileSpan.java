package spindrift.substitute;

import java.util.Optional;
import spindrift.base.Bytes;
import spindrift.ipld.Cid;

/**
 * What is to be read of a UnixFS file.
 *
 * @param rootBlock where it is known already
 * @param size that the file is said to have, in bytes
 * @param from first byte, inclusive
 * @param to last byte, exclusive
 */
record FileSpan(Cid root, Optional<Bytes> rootBlock, long size, long from, long to) {
  FileSpan {
    if (from < 0 || from > to || to > size) {
      throw new IllegalArgumentException("range " + from + "…" + to + " of " + size);
    }
  }

  /** Another range of the same file. */
  FileSpan range(long first, long last) {
    return new FileSpan(root, rootBlock, size, first, last);
  }
}
