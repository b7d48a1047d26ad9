package spindrift.substitute;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import spindrift.base.AbsentException;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.exchange.FetchSession;
import spindrift.ipld.BlockSource;
import spindrift.ipld.Cid;
import spindrift.p2p.PeerId;

/** Gets blocks from gateways, some at once, as a session gets them from peers. */
final class GatewaySession implements FetchSession {
  /** Ours: at 20 ms and 256 KiB a block, eight at once bring 100 MB/s. */
  private static final int AT_ONCE = 8;

  /** What those are worth twice. */
  static final long WINDOW_BYTES = 4L << 20;

  private final List<BlockSource> gateways;
  private final SourceMeter meter;
  private final Queue<FutureTask<Bytes>> waiting = new ArrayDeque<>();
  private final Map<Cid, Wanted> wanted = new HashMap<>();
  private int running;
  private boolean closed;

  private static final class Wanted {
    final FutureTask<Bytes> task;
    int loads = 1;

    Wanted(FutureTask<Bytes> task) {
      this.task = task;
    }
  }

  GatewaySession(List<BlockSource> gateways, SourceMeter meter) {
    this.gateways = gateways;
    this.meter = meter;
  }

  @Override
  public synchronized void expect(List<Cid> cids) {
    for (Cid cid : cids) {
      Wanted same = wanted.get(cid);
      if (same != null) {
        same.loads++;
        continue;
      }
      FutureTask<Bytes> task = new FutureTask<>(() -> fetch(cid));
      wanted.put(cid, new Wanted(task));
      waiting.add(task);
    }
    begin();
  }

  private synchronized void begin() {
    while (!closed && running < AT_ONCE && !waiting.isEmpty()) {
      FutureTask<Bytes> task = waiting.remove();
      running++;
      Thread.ofVirtual()
          .name("gateway block")
          .start(
              () -> {
                task.run();
                ended();
              });
    }
  }

  private synchronized void ended() {
    running--;
    begin();
  }

  private Bytes fetch(Cid cid) throws IOException, FaultException {
    Optional<Exception> first = Optional.empty();
    for (BlockSource gateway : gateways) {
      try {
        return gateway.load(cid);
      } catch (IOException | FaultException e) {
        first = first.or(() -> Optional.of(e));
      }
    }
    throw new AbsentException(
        "no gateway gives " + cid + first.map(why -> ": " + why.getMessage()).orElse(""));
  }

  @Override
  public synchronized boolean holds(Cid cid) {
    Wanted known = wanted.get(cid);
    return known != null && known.task.isDone();
  }

  @Override
  public Bytes load(Cid cid) throws IOException, FaultException {
    meter.waits();
    Bytes block = outcome(take(cid), cid);
    meter.came(block.size());
    return block;
  }

  private synchronized FutureTask<Bytes> take(Cid cid) throws IOException {
    if (closed) {
      throw new IOException("the session is closed");
    }
    Wanted known = wanted.get(cid);
    if (known == null) {
      known = new Wanted(new FutureTask<>(() -> fetch(cid)));
      waiting.add(known.task);
      begin();
    } else if (--known.loads == 0) {
      wanted.remove(cid);
    }
    return known.task;
  }

  private static Bytes outcome(FutureTask<Bytes> task, Cid cid) throws IOException, FaultException {
    try {
      return task.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while a gateway was awaited");
    } catch (ExecutionException | java.util.concurrent.CancellationException e) {
      throw new AbsentException("block " + cid + " is not to be had: " + e.getMessage());
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    waiting.clear();
    wanted.values().forEach(left -> left.task.cancel(false));
    wanted.clear();
  }

  @Override
  public void addPeer(PeerId peer) {
    // Gateways are no peers.
  }

  @Override
  public void dropPeer(PeerId peer) {
    // Gateways are no peers.
  }

  @Override
  public List<PeerId> peers() {
    return List.of();
  }

  @Override
  public void holdAtMost(long bytes) {
    // Each block is bounded by its source, and their number by what is expected.
  }

  @Override
  public List<PeerShare> shares() {
    return List.of();
  }
}
