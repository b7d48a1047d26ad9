package spindrift.p2p;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import java.util.function.IntSupplier;
import spindrift.base.FaultException;

/** Takes inbound connections from the socket to the end of their handshake. */
final class Reception {
  private static final Logger LOG = System.getLogger(Reception.class.getName());

  private final Doorkeeper doorkeeper = new Doorkeeper();
  private final Upgrader upgrader;
  private final HostThreads threads;
  private final IntSupplier connections;
  private final int maxConnections;
  private final Dialer.Admission admission;

  /**
   * @param connections how many there are
   * @param maxConnections over which no handshake is begun. More than are kept, since who comes in
   *     may be of more use than one that is there
   */
  Reception(
      Upgrader upgrader,
      HostThreads threads,
      IntSupplier connections,
      int maxConnections,
      Dialer.Admission admission) {
    this.upgrader = upgrader;
    this.threads = threads;
    this.connections = connections;
    this.maxConnections = maxConnections;
    this.admission = admission;
  }

  /** Begins a handshake on a thread of its own, or closes the socket. */
  void take(SocketChannel channel) {
    Optional<InetSocketAddress> from = remote(channel);
    if (from.isEmpty()
        || connections.getAsInt() + doorkeeper.pending() >= maxConnections
        || !doorkeeper.admits(from.get().getAddress())) {
      close(channel);
      return;
    }
    try {
      threads.startCancellable("inbound", () -> receive(channel, from.get()));
    } catch (RuntimeException e) {
      doorkeeper.left(from.get().getAddress());
      close(channel);
      throw e;
    }
  }

  private void receive(SocketChannel channel, InetSocketAddress from) {
    boolean taken = false;
    try {
      Connection connection =
          upgrader.upgrade(
              new TcpWire(channel),
              PeerInfo.Direction.INBOUND,
              TcpAddress.of(from),
              Optional.empty(),
              Deadline.in(Upgrader.TIME));
      admission.admit(connection);
      taken = true;
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "lost handshake address={0} reason={1}", from, e);
    } catch (FaultException e) {
      LOG.log(Level.DEBUG, "failed handshake address={0} reason={1}", from, e.getMessage());
      blame(from, e);
    } finally {
      doorkeeper.left(from.getAddress());
      if (!taken) {
        close(channel);
      }
    }
  }

  private void blame(InetSocketAddress from, FaultException fault) {
    switch (fault.fault()) {
      case MALFORMED, PROTOCOL, INTEGRITY -> doorkeeper.blame(from.getAddress());
      case ABSENT, LIMIT, REFUSED, CONFIG -> {}
    }
  }

  private static Optional<InetSocketAddress> remote(SocketChannel channel) {
    try {
      return Optional.of((InetSocketAddress) channel.getRemoteAddress());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static void close(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "cannot close reason={0}", e);
    }
  }
}
