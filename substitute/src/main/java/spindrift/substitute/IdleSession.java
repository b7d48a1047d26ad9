package spindrift.substitute;

import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import spindrift.exchange.FetchSession;
import spindrift.p2p.PeerId;

/**
 * A session that many share: opened when it is needed, and closed when it was not for a while. Safe
 * for use by several threads.
 */
final class IdleSession implements AutoCloseable {
  private final Peers peers;
  private final long maxHeldBytes;
  private final long idleNanos;
  private Optional<FetchSession> session = Optional.empty();
  private int users;
  private long idleSince;

  IdleSession(Peers peers, long maxHeldBytes, Duration idle) {
    this.peers = peers;
    this.maxHeldBytes = maxHeldBytes;
    this.idleNanos = idle.toNanos();
  }

  /** The session while somebody uses it. */
  final class Use implements AutoCloseable {
    private final FetchSession used;

    private Use(FetchSession used) {
      this.used = used;
    }

    FetchSession session() {
      return used;
    }

    @Override
    public void close() {
      release();
    }
  }

  /** The session, with these peers among its own. */
  synchronized Use use(Collection<PeerId> wanted) {
    FetchSession used = session.orElseGet(this::open);
    Set<PeerId> missing = new HashSet<>(wanted);
    missing.removeAll(used.peers());
    missing.forEach(used::addPeer);
    users++;
    return new Use(used);
  }

  private FetchSession open() {
    FetchSession opened = peers.session(Set.of());
    opened.holdAtMost(maxHeldBytes);
    session = Optional.of(opened);
    Thread.ofVirtual().name("idle session").start(() -> closeWhenIdle(opened));
    return opened;
  }

  private synchronized void release() {
    users--;
    idleSince = System.nanoTime();
  }

  private synchronized void closeWhenIdle(FetchSession opened) {
    try {
      while (session.filter(opened::equals).isPresent()) {
        long left = users > 0 ? idleNanos : idleNanos - (System.nanoTime() - idleSince);
        if (left <= 0) {
          close();
        } else {
          TimeUnit.NANOSECONDS.timedWait(this, left);
        }
      }
    } catch (InterruptedException e) {
      close();
    }
  }

  /** Ends what is under way; it opens again when it is used. */
  @Override
  public synchronized void close() {
    session.ifPresent(FetchSession::close);
    session = Optional.empty();
    notifyAll();
  }
}
