package spindrift.blocks;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import spindrift.ipld.Cid;

/**
 * What garbage collection must spare beside the roots that it is given, and how those who protect
 * blocks and the one who removes them keep out of each other's way.
 *
 * <p>Whoever relies on a block's presence marks it and looks whether it is here under the shared
 * side of {@code presence}; the collector looks whether a block is marked and removes it under the
 * exclusive side. So a block seen present after it was protected stays. Nothing is read from packs
 * or store files under this lock.
 */
final class Protection {
  private final ReentrantReadWriteLock presence = new ReentrantReadWriteLock();
  private final Map<Cid, Integer> holds = new HashMap<>();
  private final Set<SessionBlocks> sessions = ConcurrentHashMap.newKeySet();
  private volatile @Nullable Marking marking;

  /** Something done while no block is removed. */
  @FunctionalInterface
  interface Step {
    void run() throws IOException;
  }

  /** Marks a block for a collection that may run, and then does something that relies on it. */
  void whilePresent(Cid cid, Key key, Step step) throws IOException {
    @Nullable Marking current;
    presence.readLock().lock();
    try {
      current = marking;
      if (current != null) {
        current.protect(key);
      }
      step.run();
    } finally {
      presence.readLock().unlock();
    }
    if (current != null) {
      current.protectDag(cid);
    }
  }

  /** Removes something with no block coming under protection meanwhile. */
  void whileRemoving(Step step) throws IOException {
    presence.writeLock().lock();
    try {
      step.run();
    } finally {
      presence.writeLock().unlock();
    }
  }

  Hold hold(Cid root) throws IOException {
    synchronized (holds) {
      holds.merge(root, 1, Integer::sum);
    }
    AtomicBoolean open = new AtomicBoolean(true);
    Hold hold =
        () -> {
          if (open.compareAndSet(true, false)) {
            synchronized (holds) {
              holds.computeIfPresent(root, (cid, count) -> count == 1 ? null : count - 1);
            }
          }
        };
    protectDag(root);
    return hold;
  }

  /** Spares a DAG from a collection that runs now. */
  void protectDag(Cid root) throws IOException {
    Marking current = marking;
    if (current != null) {
      current.protect(Key.of(root));
      current.protectDag(root);
    }
  }

  /** Blocks that are spared until {@link #closeSession}. */
  SessionBlocks openSession() {
    SessionBlocks session = new SessionBlocks();
    sessions.add(session);
    return session;
  }

  void closeSession(SessionBlocks session) {
    sessions.remove(session);
  }

  /** From now on everything that comes under protection is marked. */
  void begin(Marking next) throws IOException {
    whileRemoving(() -> marking = next);
  }

  void end() {
    marking = null;
  }

  List<Cid> heldRoots() {
    synchronized (holds) {
      return List.copyOf(holds.keySet());
    }
  }

  /** The open sessions; they may grow while they are looked at. */
  Iterable<SessionBlocks> sessions() {
    return sessions;
  }

  /** The blocks of one session; two of them are never equal. */
  static final class SessionBlocks {
    private final Set<Cid> cids = ConcurrentHashMap.newKeySet();

    Set<Cid> cids() {
      return cids;
    }
  }
}
