package spindrift.p2p;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * Tells listeners what became of peers.
 *
 * <p>It is not told what happened but to whom, and compares how it is now with what the listeners
 * know. So they see a right order of events whichever threads were first, and a peer that changes
 * all the time costs a place in a set and no queue. Where peers come and go faster than listeners
 * listen, these miss some of it, but never the last state.
 */
final class PeerEvents implements Runnable {
  private static final Logger LOG = System.getLogger(PeerEvents.class.getName());

  private final ConnectionTable table;
  private final List<HostListener> listeners = new CopyOnWriteArrayList<>();

  /** Peers to look at; guarded by itself. */
  private final LinkedHashSet<PeerId> touched = new LinkedHashSet<>();

  /** What listeners were told; for the running thread alone. */
  private final Map<PeerId, ConnectionTable.Session> told = new HashMap<>();

  private boolean closed;

  PeerEvents(ConnectionTable table) {
    this.table = table;
  }

  void add(HostListener listener) {
    listeners.add(listener);
  }

  /** Something may be new about a peer. */
  void touch(PeerId peer) {
    synchronized (touched) {
      touched.add(peer);
      touched.notifyAll();
    }
  }

  void close() {
    synchronized (touched) {
      closed = true;
      touched.notifyAll();
    }
  }

  /** Tells until it is closed. */
  @Override
  public void run() {
    try {
      for (Optional<PeerId> peer = next(); peer.isPresent(); peer = next()) {
        compare(peer.get());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Optional<PeerId> next() throws InterruptedException {
    synchronized (touched) {
      while (touched.isEmpty() && !closed) {
        touched.wait();
      }
      return closed ? Optional.empty() : Optional.of(touched.removeFirst());
    }
  }

  private void compare(PeerId peer) {
    Optional<ConnectionTable.Session> before = Optional.ofNullable(told.remove(peer));
    Optional<ConnectionTable.Session> now = table.session(peer);
    now.ifPresent(session -> told.put(peer, session));
    boolean same =
        before.isPresent() && now.isPresent() && before.get().number() == now.get().number();
    if (same) {
      if (differs(before.get().info(), now.get().info())) {
        tell(listener -> listener.changed(now.get().info()));
      }
      return;
    }
    if (before.isPresent()) {
      tell(listener -> listener.disconnected(peer));
    }
    if (now.isPresent()) {
      tell(listener -> listener.connected(now.get().info()));
    }
  }

  private static boolean differs(PeerInfo before, PeerInfo now) {
    return !before.protocols().equals(now.protocols())
        || !before.listenAddresses().equals(now.listenAddresses());
  }

  private void tell(Consumer<HostListener> event) {
    for (HostListener listener : listeners) {
      try {
        event.accept(listener);
      } catch (RuntimeException e) {
        LOG.log(Level.ERROR, "listener failed", e);
      }
    }
  }
}
