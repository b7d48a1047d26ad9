package spindrift.mount;

import spindrift.base.Bytes;

/** A block that can be read now. */
sealed interface Held {
  /** Its size in bytes. */
  int size();

  /** Its bytes, which were checked against its CID. */
  record Memory(Bytes bytes) implements Held {
    @Override
    public int size() {
      return bytes.size();
    }
  }

  /** Where its bytes lie, as the node found them when it hashed them. */
  record Place(BlockAnswer.InFile at) implements Held {
    @Override
    public int size() {
      return at.length();
    }
  }
}
