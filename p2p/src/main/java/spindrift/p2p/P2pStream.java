package spindrift.p2p;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;

/**
 * A stream of bytes in both directions between two peers, which speaks one protocol. One thread may
 * read while another writes. Whoever opened it, or is its {@link StreamHandler}, closes it.
 */
public interface P2pStream extends AutoCloseable {
  /** Who is at the other end. */
  PeerId peer();

  /** The protocol that was agreed on. */
  String protocol();

  /**
   * What the other side sends. Ends when it has closed its half; fails with {@link IOException}
   * when the stream was reset, the connection is gone, or nothing came for the read timeout. Window
   * is given back to the sender as bytes are read, so a reader that waits makes the writer wait.
   */
  InputStream in();

  /**
   * Where bytes for the other side go. A write waits while the other side's window is full, and
   * fails with {@link IOException} as {@link #in} does; {@code flush} waits for nothing.
   */
  OutputStream out();

  /** How long a read or a write may wait; 60 seconds unless set. */
  void timeout(Duration timeout);

  /** Ends our half; the other side may still send. */
  void closeWrite() throws IOException;

  /** Ends both halves at once; the other side sees an error. Never waits. */
  void reset();

  /** Ends our half and takes no more. Never waits. */
  @Override
  void close();
}
