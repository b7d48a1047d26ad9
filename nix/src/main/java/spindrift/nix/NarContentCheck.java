package spindrift.nix;

import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Optional;
import spindrift.base.ByteTarget;
import spindrift.base.Bytes;
import spindrift.base.IntegrityException;

/**
 * Compares a NAR, which is written to it, with the content address of its object: the hash of the
 * NAR itself, or of the one file in it. Constant memory. For one thread and one NAR.
 */
public final class NarContentCheck implements ByteTarget {
  /** What stands before the size of the contents in the NAR of a regular file. */
  private static final byte[] FILE_HEAD = fileHead();

  private final ContentAddress address;
  private final MessageDigest digest;

  /** The beginning of the NAR of a file, up to its contents. */
  private final byte[] head = new byte[FILE_HEAD.length + Long.BYTES];

  private int headSize;
  private long left;

  private NarContentCheck(ContentAddress address, MessageDigest digest) {
    this.address = address;
    this.digest = digest;
  }

  /**
   * A check of objects without a reference to themselves; empty where it cannot be made here: git
   * hashes and BLAKE3.
   */
  public static Optional<NarContentCheck> of(ContentAddress address) {
    return address.method() == ContentAddress.Method.GIT
        ? Optional.empty()
        : address.hash().algorithm().newDigest().map(hash -> new NarContentCheck(address, hash));
  }

  @Override
  public void write(byte[] buffer, int from, int length) {
    if (address.method() == ContentAddress.Method.NAR) {
      digest.update(buffer, from, length);
      return;
    }
    int toHead = Math.min(length, head.length - headSize);
    System.arraycopy(buffer, from, head, headSize, toHead);
    headSize += toHead;
    if (toHead > 0 && headSize == head.length) {
      left = (long) NarFormat.LONG.get(head, FILE_HEAD.length);
    }
    int contents = Math.clamp(left, 0, length - toHead);
    digest.update(buffer, from + toHead, contents);
    left -= contents;
  }

  /**
   * To be called when the whole NAR was written.
   *
   * @param source where it came from, for the message
   * @throws IntegrityException when it is not what the address says
   */
  public void finish(String source) throws IntegrityException {
    boolean isFile = Arrays.equals(head, 0, FILE_HEAD.length, FILE_HEAD, 0, FILE_HEAD.length);
    if (address.method() != ContentAddress.Method.NAR && (!isFile || left != 0)) {
      throw new IntegrityException("the NAR of one plain file", "another NAR", source);
    }
    NixHash actual = new NixHash(address.hash().algorithm(), Bytes.owning(digest.digest()));
    if (!actual.equals(address.hash())) {
      throw new IntegrityException(address.hash().toString(), actual.toString(), source);
    }
  }

  private static byte[] fileHead() {
    byte[][] parts = {NarFormat.MAGIC, NarFormat.NODE, NarFormat.REGULAR, NarFormat.CONTENTS};
    byte[] head = new byte[Arrays.stream(parts).mapToInt(part -> part.length).sum()];
    int at = 0;
    for (byte[] part : parts) {
      System.arraycopy(part, 0, head, at, part.length);
      at += part.length;
    }
    return head;
  }
}
