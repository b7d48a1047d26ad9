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

/**
 * What is to be sent to one peer: wants and cancels, presences, blocks. What has become pointless
 * before it was sent is left out. Guarded by its own lock, under which nothing else is called.
 */
final class Outbox {
  /**
   * Ours: blocks are put into a message until it has so many bytes. Larger ones cost memory and let
   * wants wait behind them; smaller ones cost time for each.
   */
  static final int TARGET_MESSAGE_BYTES = 512 << 10;

  /** Ours: some 400 KB of wants or presences; a peer may refuse messages of over 4 MiB. */
  static final int MAX_ENTRIES = 8192;

  /** Roughly what a presence takes here, so that those too are bounded. */
  private static final int PRESENCE_COST = 256;

  private final AtomicLong queuedInAll;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Map<Cid, WantEntry> wants = new LinkedHashMap<>();
  private final Map<Cid, Presence> presences = new LinkedHashMap<>();
  private final Map<Cid, Bytes> blocks = new LinkedHashMap<>();
  private long queuedBytes;
  private long takenBytes;
  private boolean closed;

  /**
   * @param queuedInAll bytes that all outboxes hold together; kept up to date here
   */
  Outbox(AtomicLong queuedInAll) {
    this.queuedInAll = queuedInAll;
  }

  /** Wants blocks or cancels them. */
  void wants(List<WantEntry> entries) {
    locked(
        () -> {
          if (!closed) {
            entries.forEach(entry -> wants.put(entry.cid(), entry));
          }
        });
  }

  /** Forgets a want that was not sent yet; false where it was. */
  boolean retract(Cid cid) {
    lock.lock();
    try {
      return wants.remove(cid) != null;
    } finally {
      lock.unlock();
    }
  }

  /** Answers what a peer wants. */
  void answer(List<Block> found, List<OutgoingMessage.PresenceEntry> said) {
    locked(
        () -> {
          if (closed) {
            return;
          }
          for (Block block : found) {
            if (blocks.putIfAbsent(block.cid(), block.bytes()) == null) {
              charge(block.bytes().size());
            }
          }
          for (OutgoingMessage.PresenceEntry entry : said) {
            if (presences.put(entry.cid(), entry.presence()) == null) {
              charge(PRESENCE_COST);
            }
          }
        });
  }

  /** The peer does not want a block any more. */
  void drop(Cid cid) {
    lock.lock();
    try {
      Bytes dropped = blocks.remove(cid);
      if (dropped != null) {
        charge(-dropped.size());
      }
      if (presences.remove(cid) != null) {
        charge(-PRESENCE_COST);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Bytes of blocks and answers that are here or being sent. */
  long queuedBytes() {
    lock.lock();
    try {
      return queuedBytes;
    } finally {
      lock.unlock();
    }
  }

  /** Waits for something to send; empty once closed. {@link #sent} must follow. */
  Optional<OutgoingMessage> take() throws InterruptedException {
    lock.lock();
    try {
      while (!closed && wants.isEmpty() && presences.isEmpty() && blocks.isEmpty()) {
        changed.await();
      }
      return closed ? Optional.empty() : Optional.of(compose());
    } finally {
      lock.unlock();
    }
  }

  /** The message that was taken is on its way or lost. */
  void sent() {
    lock.lock();
    try {
      charge(-takenBytes);
      takenBytes = 0;
    } finally {
      lock.unlock();
    }
  }

  /** Forgets everything, and takes nothing more. */
  void close() {
    locked(
        () -> {
          closed = true;
          wants.clear();
          presences.clear();
          blocks.clear();
          takenBytes = 0;
          charge(-queuedBytes);
        });
  }

  private OutgoingMessage compose() {
    List<WantEntry> someWants = takeSome(wants).stream().map(Map.Entry::getValue).toList();
    List<OutgoingMessage.PresenceEntry> somePresences =
        takeSome(presences).stream()
            .map(entry -> new OutgoingMessage.PresenceEntry(entry.getKey(), entry.getValue()))
            .toList();
    List<Block> someBlocks = new ArrayList<>();
    long bytes = 0;
    Iterator<Map.Entry<Cid, Bytes>> rest = blocks.entrySet().iterator();
    while (rest.hasNext() && bytes < TARGET_MESSAGE_BYTES) {
      Map.Entry<Cid, Bytes> entry = rest.next();
      someBlocks.add(new Block(entry.getKey(), entry.getValue()));
      bytes += entry.getValue().size();
      rest.remove();
    }
    takenBytes = bytes + (long) somePresences.size() * PRESENCE_COST;
    long pending = Math.max(0, queuedBytes - takenBytes);
    return new OutgoingMessage(someWants, false, somePresences, someBlocks, pending);
  }

  private static <V> List<Map.Entry<Cid, V>> takeSome(Map<Cid, V> map) {
    List<Map.Entry<Cid, V>> some = new ArrayList<>();
    Iterator<Map.Entry<Cid, V>> rest = map.entrySet().iterator();
    while (rest.hasNext() && some.size() < MAX_ENTRIES) {
      Map.Entry<Cid, V> entry = rest.next();
      some.add(Map.entry(entry.getKey(), entry.getValue()));
      rest.remove();
    }
    return some;
  }

  private void charge(long bytes) {
    queuedBytes += bytes;
    queuedInAll.addAndGet(bytes);
  }

  private void locked(Runnable change) {
    lock.lock();
    try {
      change.run();
      changed.signal();
    } finally {
      lock.unlock();
    }
  }
}
