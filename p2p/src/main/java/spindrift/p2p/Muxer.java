package spindrift.p2p;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import spindrift.base.FaultException;

/** Many streams over one connection. */
interface Muxer extends AutoCloseable {
  /** Opens a stream; waits while the other side has too many that it did not acknowledge. */
  MuxedStream open(Duration timeout) throws IOException, InterruptedException;

  /** The next stream that the other side opened; empty once the connection has ended. Blocks. */
  Optional<MuxedStream> accept() throws InterruptedException;

  /** The last measured round-trip time. */
  Optional<Duration> roundTrip();

  /** What the other side did wrong; empty unless the connection was cut for that. */
  Optional<FaultException> fault();

  /** Bytes that came, with all framing above the secure channel. */
  long bytesIn();

  /** Bytes that were sent, with all framing above the secure channel. */
  long bytesOut();

  /** Ends all streams and the channel below. */
  @Override
  void close();
}
