package spindrift.compression;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import org.tukaani.xz.CorruptedInputException;
import org.tukaani.xz.MemoryLimitException;

/**
 * An xz file as the system's library decodes it; fails as the decoder in Java does. Safe to close
 * while another thread reads, which it then waits for: memory outside of the heap is freed.
 */
final class NativeXzStream extends InputStream {
  /** The struct {@code lzma_stream} on 64 bits, with its reserved members. */
  private static final long STREAM_BYTES = 136;

  private static final long NEXT_IN = 0;
  private static final long LEFT_IN = 8;
  private static final long NEXT_OUT = 24;
  private static final long LEFT_OUT = 32;

  private static final int PIECE = 1 << 16;

  private final Liblzma library;
  private final InputStream file;
  private final long limit;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment stream = arena.allocate(STREAM_BYTES, ADDRESS.byteAlignment());
  private final MemorySegment in = arena.allocate(PIECE);
  private final MemorySegment out = arena.allocate(PIECE);
  private final byte[] piece = new byte[PIECE];
  private int most;
  private boolean fileEnded;
  private boolean ended;
  private boolean released;

  /**
   * @param file is closed with this
   * @param limit bytes of memory for the decoder; a file that needs more makes reading fail
   * @param first bytes that are read before the decoder knows what it needs, at the most
   */
  NativeXzStream(Liblzma library, InputStream file, long limit, int first) {
    this.library = library;
    this.file = file;
    this.limit = limit;
    this.most = Math.min(first, PIECE);
    int status = library.begin(stream, limit);
    if (status != Liblzma.OK) {
      arena.close();
      throw new IllegalStateException("liblzma answered " + status + " to its beginning");
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public synchronized int read(byte[] buffer, int from, int length) throws IOException {
    Objects.checkFromIndexSize(from, length, buffer.length);
    if (released) {
      throw new IOException("closed, or failed before");
    }
    if (length == 0) {
      return 0;
    }
    try {
      int size = decode(Math.min(length, PIECE));
      MemorySegment.copy(out, ValueLayout.JAVA_BYTE, 0, buffer, from, size);
      return size == 0 ? -1 : size;
    } catch (IOException | RuntimeException | Error e) {
      release(); // whoever only tried does not close it
      throw e;
    }
  }

  /** Decodes some bytes, none at the end. */
  private int decode(long wanted) throws IOException {
    stream.set(ADDRESS, NEXT_OUT, out);
    stream.set(JAVA_LONG, LEFT_OUT, wanted);
    while (!ended && stream.get(JAVA_LONG, LEFT_OUT) == wanted) {
      step();
    }
    return (int) (wanted - stream.get(JAVA_LONG, LEFT_OUT));
  }

  /** Goes on until there is something, or more of the file is needed. */
  private void step() throws IOException {
    if (!fileEnded && stream.get(JAVA_LONG, LEFT_IN) == 0) {
      fill();
    }
    int status = library.code(stream, fileEnded ? Liblzma.FINISH : Liblzma.RUN);
    switch (status) {
      case Liblzma.OK -> {}
      case Liblzma.STREAM_END -> ended = true;
      case Liblzma.NO_PROGRESS -> throw new EOFException("the file ends too early");
      case Liblzma.MEMORY_LIMIT ->
          throw new MemoryLimitException(kib(library.memory(stream)), kib(limit));
      case Liblzma.OUT_OF_MEMORY -> throw new OutOfMemoryError("for an xz decoder");
      default -> throw new CorruptedInputException("not right for xz (" + status + ")");
    }
  }

  private void fill() throws IOException {
    int size = file.read(piece, 0, most);
    most = PIECE;
    if (size < 0) {
      fileEnded = true;
      return;
    }
    MemorySegment.copy(piece, 0, in, ValueLayout.JAVA_BYTE, 0, size);
    stream.set(ADDRESS, NEXT_IN, in);
    stream.set(JAVA_LONG, LEFT_IN, size);
  }

  private static int kib(long bytes) {
    return (int) Math.min(Integer.MAX_VALUE, (bytes + 1023) >> 10);
  }

  private void release() {
    if (!released) {
      released = true;
      library.end(stream);
      arena.close();
    }
  }

  @Override
  public synchronized void close() throws IOException {
    release();
    file.close();
  }
}
