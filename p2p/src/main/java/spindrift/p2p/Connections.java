package spindrift.p2p;

import java.time.Duration;
import java.util.List;
import spindrift.base.FaultException;
import spindrift.base.LimitExceededException;
import spindrift.base.RefusedException;

/** Takes connections in, serves each until its end, and closes those that have to go. */
final class Connections {
  private final PeerId self;
  private final int maxConnections;
  private final ConnectionTable table;
  private final Standing<PeerId> standing;
  private final PeerEvents events;
  private final HostThreads threads;

  Connections(
      PeerId self,
      int maxConnections,
      ConnectionTable table,
      Standing<PeerId> standing,
      PeerEvents events,
      HostThreads threads) {
    this.self = self;
    this.maxConnections = maxConnections;
    this.table = table;
    this.standing = standing;
    this.events = events;
    this.threads = threads;
  }

  /** What is done with a connection as long as it lasts. */
  interface Work {
    void run(Connection connection) throws InterruptedException;
  }

  /**
   * Takes a connection in, or closes it.
   *
   * @param upkeep is done once, beside the service
   * @throws RefusedException when we have nothing to do with the peer
   * @throws LimitExceededException when there are too many that are of more use
   */
  void admit(Connection connection, Work service, Work upkeep) throws FaultException {
    refuse(connection.peer(), connection);
    List<Connection> surplus = table.add(connection);
    surplus.forEach(Connection::close);
    if (surplus.contains(connection)) {
      throw new LimitExceededException("the number of connections", maxConnections);
    }
    try {
      threads.start("connection", () -> serve(connection, service));
      threads.start("identify", () -> interruptible(connection, upkeep));
    } catch (RuntimeException e) {
      end(connection);
      throw e;
    }
    // A ban between the first look and the entry would otherwise miss this connection.
    refuse(connection.peer(), connection);
  }

  /**
   * Fails where we have nothing to do with a peer.
   *
   * @throws RefusedException when it is banned, or is ourselves
   */
  void refuse(PeerId peer) throws RefusedException {
    if (peer.equals(self)) {
      throw new RefusedException("this is our own peer id");
    }
    if (standing.banned(peer)) {
      throw new RefusedException("peer " + peer + " is banned");
    }
  }

  private void refuse(PeerId peer, Connection connection) throws RefusedException {
    try {
      refuse(peer);
    } catch (RefusedException e) {
      end(connection);
      throw e;
    }
  }

  private void serve(Connection connection, Work service) {
    try {
      interruptible(connection, service);
    } finally {
      end(connection);
      if (connection.fault().isPresent()) {
        penalise(connection.peer(), Misbehaviour.VIOLATION);
      }
    }
  }

  private static void interruptible(Connection connection, Work work) {
    try {
      work.run(connection);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Closes a connection. */
  void end(Connection connection) {
    table.remove(connection);
    connection.close();
    events.touch(connection.peer());
  }

  /** Closes all connections with a peer. */
  void disconnect(PeerId peer) {
    table.unkeep(peer);
    table.of(peer).forEach(this::end);
  }

  void ban(PeerId peer, Duration time) {
    standing.ban(peer, time);
    disconnect(peer);
  }

  /** Counts a misbehaviour, which may lead to a ban. */
  void penalise(PeerId peer, Misbehaviour what) {
    if (standing.penalise(peer, what.cost())) {
      disconnect(peer);
    }
  }
}
