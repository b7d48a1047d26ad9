package spindrift.p2p;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import spindrift.base.FaultException;

/** Which protocols are answered, and by whom. Safe for use by several threads. */
final class ProtocolTable {
  private final Map<String, Service> services = new ConcurrentHashMap<>();

  /**
   * Who answers a protocol.
   *
   * @param maxStreams that one peer may have open on one connection
   * @param purpose whether an open stream shows that the connection is of use
   */
  record Service(Handler handler, int maxStreams, Purpose purpose) {}

  /** A {@link StreamHandler} that is told the connection as well. */
  interface Handler {
    void handle(Connection connection, P2pStream stream)
        throws IOException, FaultException, InterruptedException;
  }

  /** What streams are for. */
  enum Purpose {
    /** Work: a connection with such a stream is in use. */
    WORK,
    /** The connection's own upkeep. */
    UPKEEP
  }

  void put(String protocol, Service service) {
    services.put(protocol, service);
  }

  Optional<Service> get(String protocol) {
    return Optional.ofNullable(services.get(protocol));
  }

  /** In the order of the alphabet. */
  Set<String> names() {
    return new TreeSet<>(services.keySet());
  }
}
