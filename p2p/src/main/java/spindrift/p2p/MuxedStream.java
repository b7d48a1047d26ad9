package spindrift.p2p;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;

/** A stream before a protocol was agreed on; behaves as {@link P2pStream}. */
interface MuxedStream extends AutoCloseable {
  InputStream in();

  OutputStream out();

  void timeout(Duration timeout);

  void closeWrite() throws IOException;

  void reset();

  @Override
  void close();
}
