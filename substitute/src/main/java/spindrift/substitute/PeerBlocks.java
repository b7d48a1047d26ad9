package spindrift.substitute;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import spindrift.base.AbsentException;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.ipld.Block;
import spindrift.ipld.BlockSource;
import spindrift.ipld.Cid;

/** Blocks from here, else from all connected peers. Safe for use by several threads. */
final class PeerBlocks implements BlockSource, AutoCloseable {
  /** Ours: what a browser shows of a page with many pictures. */
  private static final int MAX_AT_ONCE = 32;

  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final Supply supply;
  private final IdleSession session;
  private final Semaphore turns = new Semaphore(MAX_AT_ONCE);

  PeerBlocks(Supply supply) {
    this.supply = supply;
    this.session =
        new IdleSession(
            supply.peers(), (long) MAX_AT_ONCE * Block.MAX_BYTES, supply.settings().idle());
  }

  @Override
  public Bytes load(Cid cid) throws IOException, FaultException {
    Optional<Bytes> here = LocalBlocks.of(supply.blocks()).read(cid);
    return here.isPresent() ? here.get() : fetch(cid);
  }

  private Bytes fetch(Cid cid) throws IOException, FaultException {
    awaitTurn(cid);
    try (IdleSession.Use use = session.use(supply.peers().connected())) {
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
