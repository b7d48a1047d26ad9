package spindrift.substitute;

import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.time.Duration;
import spindrift.p2p.P2pStream;

/** What comes over a stream until a deadline, however slowly it comes. For one thread. */
final class DeadlineInput extends InputStream {
  private final P2pStream stream;
  private final long deadline;

  /**
   * @param time from now
   */
  DeadlineInput(P2pStream stream, Duration time) {
    this.stream = stream;
    this.deadline = System.nanoTime() + time.toNanos();
  }

  @Override
  public int read() throws IOException {
    limitWait();
    return stream.in().read();
  }

  @Override
  public int read(byte[] buffer, int from, int length) throws IOException {
    limitWait();
    return stream.in().read(buffer, from, length);
  }

  /** Lets reads and writes of the stream wait no longer than until the deadline. */
  void limitWait() throws IOException {
    long left = deadline - System.nanoTime();
    if (left <= 0) {
      throw new SocketTimeoutException(stream.peer().brief() + " took too long");
    }
    stream.timeout(Duration.ofNanos(left));
  }
}
