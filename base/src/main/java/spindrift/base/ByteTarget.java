package spindrift.base;

import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** Where the bytes of a {@link ByteSource} go: a response, a file, a digest. */
public interface ByteTarget {
  /** Takes bytes; the array may be changed when this has returned. */
  void write(byte[] buffer, int from, int length) throws IOException;

  /**
   * Takes a range of a file, by whatever way is cheapest.
   *
   * @throws EOFException when the file ends before the range does
   */
  default void transfer(FileChannel file, long position, long length) throws IOException {
    byte[] buffer = new byte[(int) Math.min(length, 1 << 17)];
    long at = position;
    long end = position + length;
    while (at < end) {
      int read = file.read(ByteBuffer.wrap(buffer, 0, (int) Math.min(buffer.length, end - at)), at);
      if (read < 0) {
        throw new EOFException("a file ends " + (end - at) + " bytes early");
      }
      write(buffer, 0, read);
      at += read;
    }
  }

  /**
   * Whether ranges of files of this machine may be given in place of their bytes, which need not
   * have been checked then: whoever gets them checks them.
   */
  default boolean takesRanges() {
    return false;
  }

  /** Takes a range, where it {@link #takesRanges takes} them. */
  default void range(FileRange range) throws IOException {
    throw new UnsupportedOperationException("bytes are wanted");
  }

  /** A target that hands everything to a stream, which it does not close. */
  static ByteTarget of(OutputStream out) {
    return out::write;
  }
}
