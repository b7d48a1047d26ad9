package spindrift.compression;

import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * A compressed file on its way to a decoder, which may hide from the one who reads why it failed.
 * For one thread, but for {@link #close}.
 */
final class CompressedFile extends BufferedInputStream {
  private static final int BUFFER = 1 << 16;

  private final Watched watched;

  private CompressedFile(Watched watched) {
    super(watched, BUFFER);
    this.watched = watched;
  }

  static CompressedFile of(InputStream file) {
    return new CompressedFile(new Watched(file));
  }

  /** Throws what the file threw, if it did. */
  void rethrow() throws IOException {
    if (watched.failure != null) {
      throw watched.failure;
    }
    if (watched.crash != null) {
      throw watched.crash;
    }
  }

  private static final class Watched extends FilterInputStream {
    private @Nullable IOException failure;
    private @Nullable RuntimeException crash;

    Watched(InputStream file) {
      super(file);
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int from, int length) throws IOException {
      try {
        return super.read(buffer, from, length);
      } catch (IOException e) {
        failure = e;
        throw e;
      } catch (RuntimeException e) {
        crash = e;
        throw e;
      }
    }
  }
}
