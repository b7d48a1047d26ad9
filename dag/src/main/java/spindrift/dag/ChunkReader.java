package spindrift.dag;

import java.io.IOException;
import java.io.InputStream;

/**
 * Cuts streams into leaves, one after another, through one buffer. A leaf is a range of {@link
 * #buffer()} and is gone after the next call of {@link #next()} or {@link #start}.
 *
 * <pre>{@code
 * reader.start(in);
 * while (reader.next()) {
 *   digest.update(reader.buffer(), reader.offset(), reader.length());
 * }
 * }</pre>
 *
 * <p>For one thread. Holds 2 MiB, so use one for many files. Streams are the caller's to close.
 */
public final class ChunkReader {

  /**
   * A few leaves: what is left of the old data when new is read is moved to the front, and that
   * should be rare.
   */
  private static final int CAPACITY = 4 * Chunker.MAX;

  private final byte[] buffer = new byte[CAPACITY];
  private InputStream in = InputStream.nullInputStream();
  private int offset;
  private int cut;
  private int limit;
  private boolean ended = true;

  /** A reader without a stream yet: it has no leaves before {@link #start}. */
  public ChunkReader() {}

  /** Begins with the first leaf of another stream; what was left of the one before is forgotten. */
  public void start(InputStream file) {
    in = file;
    offset = 0;
    cut = 0;
    limit = 0;
    ended = false;
  }

  /** Goes on to the next leaf; false if the stream has no more. */
  public boolean next() throws IOException {
    offset = cut;
    if (!ended && limit - offset < Chunker.MAX) {
      fill();
    }
    if (offset == limit) {
      return false;
    }
    cut = Chunker.nextCut(buffer, offset, limit);
    return true;
  }

  /** The array that holds the leaf; not to be changed. */
  public byte[] buffer() {
    return buffer;
  }

  /** Where the leaf starts in {@link #buffer()}. */
  public int offset() {
    return offset;
  }

  /** Bytes of the leaf, 1 to {@link Chunker#MAX}. */
  public int length() {
    return cut - offset;
  }

  private void fill() throws IOException {
    System.arraycopy(buffer, offset, buffer, 0, limit - offset);
    limit -= offset;
    offset = 0;
    cut = 0;
    limit += in.readNBytes(buffer, limit, CAPACITY - limit);
    ended = limit < CAPACITY;
  }
}
