package spindrift.ipld;

import spindrift.base.Bytes;

/**
 * An entry of a directory.
 *
 * @param name any bytes that name one file in a directory: not empty, not {@code .} or {@code ..},
 *     without slash and without NUL
 * @param tsize bytes of all blocks below; a hint, proved by nothing
 */
public record UnixFsEntry(Bytes name, Cid cid, long tsize) {
  private static final Bytes DOT = Bytes.utf8(".");
  private static final Bytes DOT_DOT = Bytes.utf8("..");

  public UnixFsEntry {
    if (!isName(name)) {
      throw new IllegalArgumentException("not a name in a directory: " + name.display());
    }
    if (tsize < 0) {
      throw new IllegalArgumentException("negative size: " + tsize);
    }
  }

  /** Whether some bytes can be the name of an entry. */
  public static boolean isName(Bytes name) {
    for (int i = 0; i < name.size(); i++) {
      if (name.at(i) == '/' || name.at(i) == 0) {
        return false;
      }
    }
    return !name.isEmpty() && !name.equals(DOT) && !name.equals(DOT_DOT);
  }

  PbLink toLink() {
    return PbLink.of(cid, name, tsize);
  }
}
