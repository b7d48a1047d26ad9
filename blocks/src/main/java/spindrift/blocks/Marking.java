package spindrift.blocks;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import spindrift.base.Bytes;
import spindrift.base.IntegrityException;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;
import spindrift.ipld.Cid;
import spindrift.ipld.DagPb;
import spindrift.ipld.PbLink;

/**
 * What one garbage collection has found to be live.
 *
 * <p>While roots are marked, DAGs that come under protection are queued for the collector. Once it
 * sweeps, whoever protects a DAG marks it before going on, one at a time under {@code tracing}, so
 * that nobody takes a node for marked whose children another thread is still at. That lock is held
 * while nodes are read, and delays nobody but others who protect a DAG during a sweep.
 *
 * <p>Safe for use by several threads.
 */
final class Marking {
  private final BlockReader blocks;
  private final LiveSet live;

  /** Nodes whose children are marked, or being marked by the holder of {@code tracing}. */
  private final Set<Key> traced = ConcurrentHashMap.newKeySet();

  private final ReentrantLock tracing = new ReentrantLock();
  private final Object queueLock = new Object();

  // Guarded by queueLock.
  private final Deque<Cid> queue = new ArrayDeque<>();
  private boolean sweeping;

  private volatile @Nullable IntegrityException damage;

  Marking(BlockReader blocks, LiveSet live) {
    this.blocks = blocks;
    this.live = live;
  }

  boolean isLive(Key key) {
    return live.contains(key);
  }

  /** Marks one block, not what it links to. */
  void protect(Key key) {
    live.add(key);
  }

  /** Marks a DAG: now when the sweep has begun, before it begins otherwise. */
  void protectDag(Cid root) throws IOException {
    if (isLeaf(root)) {
      mark(root);
      return;
    }
    synchronized (queueLock) {
      if (!sweeping) {
        queue.add(root);
        return;
      }
    }
    mark(root);
  }

  /** Marks a DAG now. */
  void mark(Cid root) throws IOException {
    tracing.lock();
    try {
      Deque<Cid> open = new ArrayDeque<>();
      open.add(root);
      while (!open.isEmpty()) {
        Cid cid = open.removeLast();
        Key key = Key.of(cid);
        live.add(key);
        if (!isLeaf(cid) && traced.add(key)) {
          for (PbLink link : links(cid)) {
            if (!link.cid().isIdentity() || !isLeaf(link.cid())) {
              open.add(link.cid());
            }
          }
        }
      }
    } finally {
      tracing.unlock();
    }
  }

  /** Marks what came under protection, until nothing is left; from then on the sweep may begin. */
  void finish() throws IOException {
    while (true) {
      @Nullable Cid next;
      synchronized (queueLock) {
        next = queue.poll();
        if (next == null) {
          sweeping = true;
          return;
        }
      }
      mark(next);
    }
  }

  /** Fails when a live node was damaged, because what it links to is not known then. */
  void checkComplete() throws IntegrityException {
    IntegrityException seen = damage;
    if (seen != null) {
      throw seen;
    }
  }

  private List<PbLink> links(Cid cid) throws IOException {
    try {
      Optional<Bytes> block = blocks.read(cid);
      return block.isPresent() ? DagPb.decode(block.get()).links() : List.of();
    } catch (IntegrityException e) {
      damage = e;
      return List.of();
    } catch (MalformedDataException | LimitExceededException e) {
      return List.of(); // a block that is no node has no links
    }
  }

  private static boolean isLeaf(Cid cid) {
    return cid.codec() != Cid.DAG_PB;
  }
}
