package spindrift.substitute;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import spindrift.base.AbsentException;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.IntegrityException;
import spindrift.blocks.BlockReader;
import spindrift.ipld.Block;
import spindrift.ipld.BlockSource;
import spindrift.ipld.Cid;

/** Blocks from all connected peers, one by one. Safe for use by several threads. */
final class PeerBlocks implements BlockSource, AutoCloseable {
  /** Ours: what a browser shows of a page with many pictures. */
  private static final int MAX_AT_ONCE = 32;

  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** Ours: one request reads the nodes on its way more than once. */
  private static final long RECENT_BYTES = 4L << 20;

  private final Bounded<Cid, Bytes> recent = new Bounded<>(RECENT_BYTES, Bytes::size);
  private final Peers peers;
  private final IdleSession session;
  private final Semaphore turns = new Semaphore(MAX_AT_ONCE);

  PeerBlocks(Peers peers, Duration idle) {
    this.peers = peers;
    this.session = new IdleSession(peers, (long) MAX_AT_ONCE * Block.MAX_BYTES, idle);
  }

  @Override
  public Bytes load(Cid cid) throws IOException, FaultException {
    Optional<Bytes> known = lately(cid);
    if (known.isPresent()) {
      return known.get();
    }
    Bytes block = fetch(cid);
    synchronized (recent) {
      recent.put(cid, block);
    }
    return block;
  }

  /** What is here, and what came lately: some peers do not send a block twice within seconds. */
  BlockReader over(BlockReader here) {
    return new BlockReader() {
      @Override
      public boolean has(Cid cid) throws IOException {
        return lately(cid).isPresent() || here.has(cid);
      }

      @Override
      public OptionalInt size(Cid cid) throws IOException {
        Optional<Bytes> known = lately(cid);
        return known.isPresent() ? OptionalInt.of(known.get().size()) : here.size(cid);
      }

      @Override
      public Optional<Bytes> read(Cid cid) throws IOException, IntegrityException {
        Optional<Bytes> known = lately(cid);
        return known.isPresent() ? known : here.read(cid);
      }
    };
  }

  private Optional<Bytes> lately(Cid cid) {
    synchronized (recent) {
      return recent.get(cid);
    }
  }

  private Bytes fetch(Cid cid) throws IOException, FaultException {
    awaitTurn(cid);
    try (IdleSession.Use use = session.use(peers.connected())) {
      return use.session().load(cid);
    } finally {
      turns.release();
    }
  }

  private void awaitTurn(Cid cid) throws InterruptedIOException, AbsentException {
    try {
      if (!turns.tryAcquire(PATIENCE.toNanos(), TimeUnit.NANOSECONDS)) {
        throw new AbsentException("block " + cid + " is not here, and too many are asked for");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while a block was awaited");
    }
  }

  /** What is under way fails. */
  @Override
  public void close() {
    session.close();
  }
}
