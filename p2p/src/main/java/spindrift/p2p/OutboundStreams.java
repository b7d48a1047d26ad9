package spindrift.p2p;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import spindrift.base.FaultException;

/** Opens streams on connections and agrees on their protocols. */
final class OutboundStreams {
  private final HostThreads threads;

  OutboundStreams(HostThreads threads) {
    this.threads = threads;
  }

  /**
   * Opens a stream.
   *
   * @param protocols in order of preference
   * @param spoken what the peer is known to speak; one of these costs no round trip
   * @throws spindrift.base.AbsentException when the peer speaks none of them
   */
  P2pStream open(
      Connection connection, List<String> protocols, Set<String> spoken, Deadline deadline)
      throws IOException, FaultException, InterruptedException {
    MuxedStream stream = connection.open(deadline.leftFor("a stream"));
    Optional<String> known = protocols.stream().filter(spoken::contains).findFirst();
    if (known.isPresent()) {
      return agreed(connection, known.get(), new OptimisticStream(stream, known.get()));
    }
    return agreed(connection, negotiate(stream, protocols, deadline), stream);
  }

  /** Opens a stream that does not count as use of the connection. */
  P2pStream openForUpkeep(Connection connection, String protocol, Deadline deadline)
      throws IOException, InterruptedException {
    MuxedStream stream = connection.open(deadline.leftFor("a stream"));
    return new AgreedStream(
        connection.peer(), protocol, new OptimisticStream(stream, protocol), () -> {});
  }

  private String negotiate(MuxedStream stream, List<String> protocols, Deadline deadline)
      throws IOException, FaultException {
    boolean done = false;
    try (HostThreads.Alarm _ = threads.after(deadline.left(), stream::reset)) {
      String agreed = Multistream.select(stream.in(), stream.out(), protocols);
      done = true;
      return agreed;
    } finally {
      if (!done) {
        stream.reset();
      }
    }
  }

  private static P2pStream agreed(Connection connection, String protocol, MuxedStream stream) {
    connection.streamStarted();
    return new AgreedStream(connection.peer(), protocol, stream, connection::streamEnded);
  }
}
