package spindrift.server;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** Where a {@link ByteSource} puts its bytes, in order. Blocks while the receiver is slow. */
public interface ByteSink {
  /**
   * Takes all remaining bytes of {@code bytes}. The buffer belongs to the caller again on return.
   *
   * @throws IOException when the receiver is gone
   */
  void write(ByteBuffer bytes) throws IOException;

  /**
   * Takes exactly {@code count} bytes of {@code file} from {@code position}; the channel's own
   * position is neither used nor changed.
   *
   * @throws java.io.EOFException when the file ends before that
   * @throws IOException when the file cannot be read or the receiver is gone
   */
  void write(FileChannel file, long position, long count) throws IOException;
}
