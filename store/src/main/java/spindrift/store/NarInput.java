package spindrift.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Optional;
import spindrift.base.Bytes;
import spindrift.base.Digests;
import spindrift.base.FileRange;
import spindrift.base.RangedInput;
import spindrift.nix.NixHash;

/**
 * A NAR that is hashed as it comes. Small reads are served from a buffer, large ones go through.
 * For one thread; does not close what it reads.
 */
final class NarInput extends InputStream {
  private static final int BUFFER = 1 << 16;

  private final InputStream in;
  private final MessageDigest digest = Digests.sha256();
  private final byte[] buffer = new byte[BUFFER];
  private int at;
  private int end;

  NarInput(InputStream in) {
    this.in = in;
  }

  @Override
  public int read() throws IOException {
    if (at == end && fill() < 0) {
      return -1;
    }
    return buffer[at++] & 0xff;
  }

  @Override
  public int read(byte[] target, int from, int size) throws IOException {
    if (at == end) {
      if (size >= BUFFER) {
        int count = in.read(target, from, size);
        if (count > 0) {
          digest.update(target, from, count);
        }
        return count;
      }
      if (size > 0 && fill() < 0) {
        return -1;
      }
    }
    int count = Math.min(size, end - at);
    System.arraycopy(buffer, at, target, from, count);
    at += count;
    return count;
  }

  @Override
  public long skip(long size) throws IOException {
    if (size <= 0 || (at == end && fill() < 0)) {
      return 0;
    }
    int count = (int) Math.min(size, end - at);
    at += count;
    return count;
  }

  private int fill() throws IOException {
    at = 0;
    end = Math.max(0, in.read(buffer, 0, BUFFER));
    digest.update(buffer, 0, end);
    return end == 0 ? -1 : end;
  }

  /** Where the next {@code size} bytes lie, and only they; empty where they come otherwise. */
  Optional<FileRange> range(long size) throws IOException {
    return at == end && size > 0 && in instanceof RangedInput ranged
        ? ranged.range().filter(range -> range.length() == size)
        : Optional.empty();
  }

  /** Reads the bytes of that range from another file. */
  void readFrom(Path same) throws IOException {
    if (in instanceof RangedInput ranged) {
      ranged.readFrom(same);
    }
  }

  /** The hash of all that came. */
  NixHash hash() {
    return NixHash.sha256(Bytes.owning(digest.digest()));
  }
}
