package spindrift.base;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Passes on a range of all that is written to it, and counts the rest: what makes a part of
 * something that can only be produced from its beginning. For one thread.
 */
public final class ByteWindow extends OutputStream {
  private final ByteTarget target;
  private final long from;
  private final long to;
  private long position;

  /** Passes on the bytes from {@code from} (inclusive) to {@code to} (exclusive). */
  public ByteWindow(ByteTarget target, long from, long to) {
    this.target = target;
    this.from = from;
    this.to = to;
  }

  /** Bytes so far, passed on or not. */
  public long position() {
    return position;
  }

  /** Whether any of the next {@code length} bytes would be passed on. */
  public boolean wants(long length) {
    return length > 0 && position < to && position + length > from;
  }

  /** Counts bytes that are not {@link #wants wanted}, and so need not be produced. */
  public void skip(long length) {
    if (wants(length)) {
      throw new IllegalArgumentException("bytes that are wanted");
    }
    position += length;
  }

  /** Takes the first {@code length} bytes of a file as if they were written. */
  public void transfer(FileChannel file, long length) throws IOException {
    long first = Math.clamp(from - position, 0L, length);
    long last = Math.clamp(to - position, 0L, length);
    if (first < last) {
      target.transfer(file, first, last - first);
    }
    position += length;
  }

  /** Takes the first {@code length} bytes of a file, as a range where the target likes that. */
  public void file(Path file, long length) throws IOException {
    if (!wants(length)) {
      skip(length);
    } else if (target.takesRanges()) {
      long first = Math.clamp(from - position, 0L, length);
      long last = Math.clamp(to - position, 0L, length);
      target.range(new FileRange(file, first, last - first));
      position += length;
    } else {
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
        transfer(channel, length);
      }
    }
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] buffer, int offset, int length) throws IOException {
    int first = Math.clamp(from - position, 0, length);
    int last = Math.clamp(to - position, 0, length);
    if (first < last) {
      target.write(buffer, offset + first, last - first);
    }
    position += length;
  }
}
