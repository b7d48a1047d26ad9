package spindrift.p2p;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The bytes of a transport connection, before encryption. One thread may read while another writes.
 */
interface Wire extends AutoCloseable {
  /** Reads some bytes, at least one where the buffer has room; -1 at the end. Blocks. */
  int read(ByteBuffer target) throws IOException;

  /** Writes all of a buffer. Blocks while the other side does not read. */
  void write(ByteBuffer source) throws IOException;

  /** Ends both directions at once; a blocked read or write fails. */
  @Override
  void close();
}
