package spindrift.server;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import spindrift.base.Bytes;
import spindrift.base.FaultException;

/**
 * A sequence of bytes of known length that can be sent from any offset, as often as one likes.
 * Implementations are immutable and safe for use by several threads.
 */
public interface ByteSource {
  /** The number of bytes, never negative. */
  long size();

  /**
   * Sends exactly the bytes from {@code from} (inclusive) to {@code to} (exclusive), where {@code 0
   * <= from <= to <= size()}. A source that cannot must throw: it must neither send other bytes nor
   * return early, and the receiver is then cut off rather than left with a short body.
   *
   * @throws FaultException when the bytes are not to be had, or are not the right ones
   * @throws IOException when they cannot be read, or the receiver is gone
   */
  void writeTo(ByteSink sink, long from, long to) throws IOException, FaultException;

  /** The content of {@code bytes}. */
  static ByteSource of(Bytes bytes) {
    return new MemorySource(bytes);
  }

  /**
   * The {@code size} bytes of a file from {@code offset}. The file is opened when it is sent, and
   * must be that long then.
   */
  static ByteSource ofFile(Path file, long offset, long size) {
    return new FileSource(file, offset, size);
  }

  /** All parts, one after another. */
  static ByteSource concat(List<? extends ByteSource> parts) {
    return ConcatSource.of(parts);
  }
}
