package spindrift.exchange;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import spindrift.base.Bytes;
import spindrift.ipld.Block;
import spindrift.ipld.Cid;

/** Blocks for a peer, in the order in which they were read. Guarded by a lock of its own. */
final class BlockOutbox implements Outbox {
  /**
   * Ours: blocks are put into a message until it has so many bytes. Larger ones cost memory,
   * smaller ones cost time for each.
   */
  static final int TARGET_MESSAGE_BYTES = 512 << 10;

  /** What a block takes in a message beside its bytes, roughly. */
  private static final int FRAME_BYTES = 64;

  private final AtomicLong queuedInAll;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Map<Cid, Bytes> blocks = new LinkedHashMap<>();
  private long queuedBytes;
  private long takenBytes;
  private boolean closed;

  /**
   * @param queuedInAll bytes that all outboxes hold together; kept up to date here
   */
  BlockOutbox(AtomicLong queuedInAll) {
    this.queuedInAll = queuedInAll;
  }

  void add(List<Block> found) {
    if (found.isEmpty()) {
      return;
    }
    lock.lock();
    try {
      if (closed) {
        return;
      }
      for (Block block : found) {
        if (blocks.putIfAbsent(block.cid(), block.bytes()) == null) {
          charge(block.bytes().size());
        }
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** The peer does not want a block any more. */
  void drop(Cid cid) {
    lock.lock();
    try {
      Bytes dropped = blocks.remove(cid);
      if (dropped != null) {
        charge(-dropped.size());
      }
    } finally {
      lock.unlock();
    }
  }

  /** Bytes of blocks that are here or being sent. */
  long queuedBytes() {
    lock.lock();
    try {
      return queuedBytes;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Optional<OutgoingMessage> take() throws InterruptedException {
    lock.lock();
    try {
      while (!closed && blocks.isEmpty()) {
        changed.await();
      }
      return closed ? Optional.empty() : Optional.of(some());
    } finally {
      lock.unlock();
    }
  }

  private OutgoingMessage some() {
    List<Block> some = new ArrayList<>();
    Iterator<Map.Entry<Cid, Bytes>> rest = blocks.entrySet().iterator();
    while (rest.hasNext() && takenBytes + (long) some.size() * FRAME_BYTES < TARGET_MESSAGE_BYTES) {
      Map.Entry<Cid, Bytes> entry = rest.next();
      some.add(new Block(entry.getKey(), entry.getValue()));
      takenBytes += entry.getValue().size();
      rest.remove();
    }
    return OutgoingMessage.blocks(some, queuedBytes - takenBytes);
  }

  @Override
  public void sent() {
    lock.lock();
    try {
      if (!closed) {
        charge(-takenBytes);
        takenBytes = 0;
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      if (!closed) {
        closed = true;
        blocks.clear();
        charge(-queuedBytes);
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Under the lock. */
  private void charge(long bytes) {
    queuedBytes += bytes;
    queuedInAll.addAndGet(bytes);
  }
}
