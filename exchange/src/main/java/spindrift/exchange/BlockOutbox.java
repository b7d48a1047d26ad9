package spindrift.exchange;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import spindrift.base.Bytes;
import spindrift.ipld.Block;
import spindrift.ipld.Cid;

/** Blocks for a peer, in the order in which they were read. Guarded by itself. */
final class BlockOutbox implements Outbox {
  /**
   * Ours: blocks are put into a message until it has so many bytes. Larger ones cost memory,
   * smaller ones cost time for each.
   */
  static final int TARGET_MESSAGE_BYTES = 512 << 10;

  /** What a block takes in a message beside its bytes, roughly. */
  private static final int FRAME_BYTES = 64;

  private final AtomicLong queuedInAll;
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

  synchronized void add(List<Block> found) {
    if (closed) {
      return;
    }
    for (Block block : found) {
      if (blocks.putIfAbsent(block.cid(), block.bytes()) == null) {
        charge(block.bytes().size());
      }
    }
    notifyAll();
  }

  /** The peer does not want a block any more. */
  synchronized void drop(Cid cid) {
    Bytes dropped = blocks.remove(cid);
    if (dropped != null) {
      charge(-dropped.size());
    }
  }

  /** Bytes of blocks that are here or being sent. */
  synchronized long queuedBytes() {
    return queuedBytes;
  }

  @Override
  public synchronized Optional<OutgoingMessage> take() throws InterruptedException {
    while (!closed && blocks.isEmpty()) {
      wait();
    }
    if (closed) {
      return Optional.empty();
    }
    List<Block> some = new ArrayList<>();
    Iterator<Map.Entry<Cid, Bytes>> rest = blocks.entrySet().iterator();
    while (rest.hasNext() && takenBytes + (long) some.size() * FRAME_BYTES < TARGET_MESSAGE_BYTES) {
      Map.Entry<Cid, Bytes> entry = rest.next();
      some.add(new Block(entry.getKey(), entry.getValue()));
      takenBytes += entry.getValue().size();
      rest.remove();
    }
    return Optional.of(OutgoingMessage.blocks(some, queuedBytes - takenBytes));
  }

  @Override
  public synchronized void sent() {
    if (!closed) {
      charge(-takenBytes);
      takenBytes = 0;
    }
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      blocks.clear();
      charge(-queuedBytes);
      notifyAll();
    }
  }

  private void charge(long bytes) {
    queuedBytes += bytes;
    queuedInAll.addAndGet(bytes);
  }
}
