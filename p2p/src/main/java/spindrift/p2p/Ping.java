package spindrift.p2p;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;
import spindrift.base.ProtocolViolationException;

/**
 * Ping: whatever 32 bytes come are sent back.
 *
 * @see <a href="https://github.com/libp2p/specs/blob/master/ping/ping.md">Ping</a>
 */
final class Ping {
  static final String PROTOCOL = "/ipfs/ping/1.0.0";

  /**
   * The spec's: a peer may have one ping stream in each direction, and one more while it renews.
   */
  static final int MAX_STREAMS = 2;

  private static final int SIZE = 32;

  private Ping() {}

  /** Answers until the peer has had enough, or says nothing for as long as a read may take. */
  static void answer(P2pStream stream) throws IOException {
    byte[] bytes = new byte[SIZE];
    InputStream in = stream.in();
    OutputStream out = stream.out();
    while (in.readNBytes(bytes, 0, SIZE) == SIZE) {
      out.write(bytes);
      out.flush();
    }
  }

  /**
   * Pings once over a fresh stream.
   *
   * @return the round-trip time
   */
  static Duration measure(P2pStream stream) throws IOException, ProtocolViolationException {
    byte[] sent = new byte[SIZE];
    ThreadLocalRandom.current().nextBytes(sent);
    long start = System.nanoTime();
    stream.out().write(sent);
    stream.out().flush();
    byte[] answer = stream.in().readNBytes(SIZE);
    if (!Arrays.equals(sent, answer)) {
      throw new ProtocolViolationException(PROTOCOL, "the answer is not what was sent");
    }
    return Duration.ofNanos(System.nanoTime() - start);
  }
}
