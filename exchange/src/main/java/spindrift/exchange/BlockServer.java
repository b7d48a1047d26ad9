package spindrift.exchange;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import spindrift.base.Bytes;
import spindrift.base.IntegrityException;
import spindrift.ipld.Block;
import spindrift.ipld.Cid;

/**
 * Answers what peers want. A few platform threads read blocks, since reads of files hold the
 * carriers of virtual ones. Peers take turns, each for as many bytes as every other (deficit round
 * robin); a peer whose outbox is full has no turn. At most one thread works for a peer at a time,
 * so that its blocks go out in the order of its wishes. The ring of peers is guarded by a lock, not
 * by a monitor: who waits for a monitor spins, and that is time of the threads that encrypt.
 */
final class BlockServer implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(BlockServer.class.getName());

  /** Ours: what a peer may have read in one turn. */
  private static final int QUANTUM_BYTES = 256 << 10;

  /** What a look-up costs a peer at least, so that asking for nothing is not free. */
  private static final int LOOKUP_COST = 2 << 10;

  /** Ours: blocks of all peers together that were read and not sent. */
  private static final long MAX_QUEUED_IN_ALL = 64L << 20;

  /** As deployed peers do it: a block that is hardly larger than the word HAVE is sent at once. */
  private static final int SMALL_BLOCK_BYTES = 1024;

  private final SharedBlocks shared;
  private final long maxQueuedPerPeer;
  private final AtomicLong queuedInAll;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final Deque<Turn> ring = new ArrayDeque<>();
  private final List<Thread> threads;
  private boolean closed;

  /**
   * @param queuedInAll bytes that the outboxes of all peers hold
   */
  BlockServer(SharedBlocks shared, long maxQueuedPerPeer, AtomicLong queuedInAll, int threadCount) {
    this.shared = shared;
    this.maxQueuedPerPeer = maxQueuedPerPeer;
    this.queuedInAll = queuedInAll;
    List<Thread> started = new ArrayList<>();
    for (int i = 0; i < threadCount; i++) {
      started.add(Thread.ofPlatform().name("bitswap-read-" + i).daemon().start(this::work));
    }
    threads = List.copyOf(started);
  }

  /** One peer's place in the ring. Its deficit belongs to whichever thread has the turn. */
  static final class Turn {
    private final PeerWants wants;
    private final WordOutbox words;
    private final BlockOutbox outbox;
    private boolean taken;
    private long deficit;

    Turn(PeerWants wants, WordOutbox words, BlockOutbox outbox) {
      this.wants = wants;
      this.words = words;
      this.outbox = outbox;
    }
  }

  /** Says that a peer may have a reason for a turn: new wants, or room in its outbox. */
  void wake(Turn turn) {
    lock.lock();
    try {
      if (enters(turn)) {
        work.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  private boolean enters(Turn turn) {
    if (turn.taken || closed || !mayWork(turn)) {
      return false;
    }
    turn.taken = true;
    ring.add(turn);
    return true;
  }

  /** Stops the threads; waits for none. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      ring.clear();
      work.signalAll();
    } finally {
      lock.unlock();
    }
  }

  List<Thread> threads() {
    return threads;
  }

  private boolean mayWork(Turn turn) {
    return turn.wants.hasDue() && turn.words.hasRoom() && hasRoom(turn);
  }

  private boolean hasRoom(Turn turn) {
    long queued = turn.outbox.queuedBytes();
    return queued == 0 || (queued < maxQueuedPerPeer && queuedInAll.get() < MAX_QUEUED_IN_ALL);
  }

  private void work() {
    Turn turn = next(null);
    while (turn != null) {
      try {
        serve(turn);
      } catch (RuntimeException | Error e) {
        // The peer keeps its place, and the others their server.
        LOG.log(Level.ERROR, "serve failed", e);
      }
      turn = next(turn);
    }
  }

  private @Nullable Turn next(@Nullable Turn done) {
    lock.lock();
    try {
      if (done != null) {
        done.taken = false;
        // This thread takes one of them itself.
        if (enters(done) && ring.size() > 1) {
          work.signal();
        }
      }
      while (ring.isEmpty() && !closed) {
        work.await();
      }
      return ring.poll();
    } catch (InterruptedException e) {
      return null;
    } finally {
      lock.unlock();
    }
  }

  private void serve(Turn turn) {
    List<Block> found = new ArrayList<>();
    List<OutgoingMessage.PresenceEntry> said = new ArrayList<>();
    turn.deficit += QUANTUM_BYTES;
    while (turn.deficit > 0) {
      Optional<StoredWant> want = turn.wants.pollDue();
      if (want.isEmpty()) {
        turn.deficit = 0;
        break;
      }
      turn.deficit -= answer(want.get(), turn.wants, found, said);
    }
    turn.words.say(said);
    turn.outbox.add(found);
  }

  /** Answers one want, and says what that cost. */
  private int answer(
      StoredWant want,
      PeerWants wants,
      List<Block> found,
      List<OutgoingMessage.PresenceEntry> said) {
    Cid cid = want.cid();
    if (want.kind() == WantEntry.Kind.HAVE) {
      OptionalInt size = size(cid);
      if (size.isPresent() && size.getAsInt() > SMALL_BLOCK_BYTES) {
        if (wants.answered(want)) {
          said.add(new OutgoingMessage.PresenceEntry(cid, Presence.HAVE));
        }
        return LOOKUP_COST;
      }
    }
    Optional<Bytes> bytes = read(cid);
    if (bytes.isPresent()) {
      if (wants.answered(want)) {
        found.add(new Block(cid, bytes.get()));
      }
      return Math.max(LOOKUP_COST, bytes.get().size());
    }
    if (wants.absent(want) && want.dontHave() == WantEntry.DontHave.SAY) {
      said.add(new OutgoingMessage.PresenceEntry(cid, Presence.DONT_HAVE));
    }
    return LOOKUP_COST;
  }

  private OptionalInt size(Cid cid) {
    try {
      return shared.size(cid);
    } catch (IOException | RuntimeException e) {
      LOG.log(Level.WARNING, "look-up failed cid=" + cid, e);
      return OptionalInt.empty();
    }
  }

  private Optional<Bytes> read(Cid cid) {
    try {
      return shared.read(cid).filter(bytes -> bytes.size() <= Block.MAX_BYTES);
    } catch (IOException | IntegrityException | RuntimeException e) {
      // Whoever waits is told, and all that was found for it beside this is sent.
      LOG.log(Level.WARNING, "read failed cid=" + cid, e);
      return Optional.empty();
    }
  }
}
