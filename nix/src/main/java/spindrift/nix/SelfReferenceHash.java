package spindrift.nix;

import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Objects;
import spindrift.base.Bytes;
import spindrift.base.Digests;

/**
 * The SHA-256 of a stream modulo self-references: each occurrence of the object's own hash part is
 * hashed as 32 zero bytes.
 *
 * <p>Written to as a stream; {@link #finish} gives the hash, once. Memory is constant but for eight
 * bytes for each self-reference. For one thread.
 */
public final class SelfReferenceHash extends OutputStream {
  /** What becomes of the places where the self-references were. */
  public enum Rule {
    /** Hashed behind the content as {@code |<decimal offset>} each: Nix to 2.16, and from 2.35. */
    POSITIONS_HASHED,
    /** Dropped, by a mistake: Nix 2.17 to 2.34. */
    POSITIONS_DROPPED
  }

  private static final int SIZE = StorePath.HASH_PART_LENGTH;
  private static final int BUFFER = 1 << 15;

  private final MessageDigest digest = Digests.sha256();
  private final Rule rule;
  private final byte[] hashPart;
  private final int[] shifts = new int[256];
  private final byte[] buffer = new byte[BUFFER];
  private int count;
  private long hashed;
  private long[] positions = new long[8];
  private int found;
  private int zeros;
  private long possible;

  /**
   * @throws IllegalArgumentException when the text is not the hash part of a store path
   */
  public SelfReferenceHash(String hashPart, Rule rule) {
    if (!StorePath.isHashPart(hashPart)) {
      throw new IllegalArgumentException("not a hash part: " + hashPart);
    }
    this.rule = rule;
    this.hashPart = hashPart.getBytes(StandardCharsets.US_ASCII);
    // Horspool's search: how far to move on, by the last byte of the window.
    Arrays.fill(shifts, SIZE);
    for (int i = 0; i < SIZE - 1; i++) {
      shifts[this.hashPart[i]] = SIZE - 1 - i;
    }
  }

  @Override
  public void write(int value) {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public void write(byte[] source, int offset, int size) {
    Objects.checkFromIndexSize(offset, size, source.length);
    int at = offset;
    int end = offset + size;
    while (at < end) {
      int part = Math.min(end - at, BUFFER - count);
      System.arraycopy(source, at, buffer, count, part);
      count += part;
      at += part;
      if (count == BUFFER) {
        drain();
      }
    }
  }

  /** How many self-references there were so far; exact after {@link #finish}. */
  public int selfReferences() {
    return found;
  }

  /**
   * At how many places a self-reference could have been, by what is hashed; exact after {@link
   * #finish}. Where positions are dropped, what has one place only has one content only.
   */
  public long possibleReferences() {
    return rule == Rule.POSITIONS_HASHED ? found : possible;
  }

  /** The hash of everything written. */
  public NixHash finish() {
    mask();
    hash(count);
    if (rule == Rule.POSITIONS_HASHED) {
      for (int i = 0; i < found; i++) {
        digest.update(("|" + positions[i]).getBytes(StandardCharsets.US_ASCII));
      }
    }
    return NixHash.sha256(Bytes.owning(digest.digest()));
  }

  /** Hashes all but the last 31 bytes, with which a self-reference could begin. */
  private void drain() {
    mask();
    int done = count - (SIZE - 1);
    hash(done);
    System.arraycopy(buffer, done, buffer, 0, SIZE - 1);
    hashed += done;
    count = SIZE - 1;
  }

  private void hash(int size) {
    digest.update(buffer, 0, size);
    if (rule == Rule.POSITIONS_DROPPED) {
      for (int i = 0; i < size; i++) {
        zeros = buffer[i] == 0 ? zeros + 1 : 0;
        possible += zeros >= SIZE ? 1 : 0;
        zeros = Math.min(zeros, SIZE);
      }
    }
  }

  private void mask() {
    int at = 0;
    while (at + SIZE <= count) {
      byte last = buffer[at + SIZE - 1];
      if (last == hashPart[SIZE - 1] && Arrays.equals(buffer, at, at + SIZE, hashPart, 0, SIZE)) {
        Arrays.fill(buffer, at, at + SIZE, (byte) 0);
        record(hashed + at);
      }
      at += shifts[last & 0xff];
    }
  }

  private void record(long position) {
    if (found == positions.length) {
      positions = Arrays.copyOf(positions, found * 2);
    }
    positions[found++] = position;
  }
}
