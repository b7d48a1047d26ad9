package spindrift.substitute;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;
import spindrift.base.FaultException;
import spindrift.blocks.BlockReader;
import spindrift.catalog.BinaryCache;
import spindrift.catalog.CatalogRecord;
import spindrift.catalog.Indexer;
import spindrift.catalog.Pace;
import spindrift.catalog.Sharing;
import spindrift.ipld.Cid;
import spindrift.nix.StorePath;
import spindrift.substitute.IndexQueue.Demand;
import spindrift.substitute.IndexQueue.Item;
import spindrift.substitute.IndexQueue.Job;

/**
 * Takes public paths of the local store into the catalog when somebody may want them: those that
 * peers looked up, and those that Nix has just registered. Their records are not pinned.
 *
 * <p>One thread of idle priority lets {@link Sharing} catch up, then goes through the queue, and
 * rests while the machine or the node has other things to do. What peers wait for is done by two
 * threads at normal pace: one for any path, one for small ones only, so that a large one does not
 * keep them. A store is not read through at the start: most of it nobody asks for. Safe for use by
 * several threads.
 */
public final class BackgroundIndexer implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(BackgroundIndexer.class.getName());

  /** Ours: NAR bytes of a path that is indexed within a second or so. */
  private static final long SMALL_BYTES = 64L << 20;

  /** Ours: how often the idle thread looks whether it may go on, or has to rest. */
  private static final Duration LOOK = Duration.ofMillis(500);

  /** Ours: a path whose files are damaged is not read again and again. */
  private static final Duration RETRY = Duration.ofHours(1);

  private static final int REMEMBERED_FAILURES = 1024;

  /** Ours: the longest that closing waits; a thread sees it at its next piece of a file. */
  private static final Duration CLOSING = Duration.ofSeconds(20);

  private final Parts parts;
  private final BooleanSupplier busy;
  private final IndexQueue queue = new IndexQueue();
  private final List<Thread> threads = new ArrayList<>();

  /** When paths failed, by {@link System#nanoTime}; guarded by itself. */
  private final Map<StorePath, Long> failures =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<StorePath, Long> eldest) {
          return size() > REMEMBERED_FAILURES;
        }
      };

  /**
   * What the indexer works with.
   *
   * @param indexer of the local store, where there is one; without it nothing is ever indexed
   * @param blocks to read nodes from
   * @param arrived is told of blocks that peers can have from now on
   */
  public record Parts(
      Optional<Indexer> indexer,
      BlockReader blocks,
      BinaryCache cache,
      Sharing sharing,
      PublicObjects objects,
      Consumer<Collection<Cid>> arrived) {}

  private BackgroundIndexer(Parts parts, BooleanSupplier busy) {
    this.parts = parts;
    this.busy = busy;
  }

  /**
   * Starts the threads.
   *
   * @param transfersUnderWay whether the node has better things to do
   */
  public static BackgroundIndexer start(Parts parts, BooleanSupplier transfersUnderWay) {
    return startResting(parts, () -> transfersUnderWay.getAsBoolean() || MachineLoad.isHigh());
  }

  /** As {@link #start}, with nothing else that makes the idle thread rest. */
  static BackgroundIndexer startResting(Parts parts, BooleanSupplier busy) {
    BackgroundIndexer indexer = new BackgroundIndexer(parts, busy);
    indexer.startThread("index-idle", indexer::workIdly);
    indexer.startThread("index-wanted", () -> indexer.work(Job::isWanted));
    indexer.startThread(
        "index-wanted-small",
        () -> indexer.work(job -> job.isWanted() && job.narSize() <= SMALL_BYTES));
    return indexer;
  }

  private void startThread(String name, Runnable work) {
    // Not virtual: reading files would hold the few carriers that all streams need.
    threads.add(Thread.ofPlatform().name(name).daemon().start(work));
  }

  /** Queues a path, to be indexed when there is time. */
  public void offer(StorePath path) {
    offer(List.of(new Item(path, 0)));
  }

  void offer(Collection<Item> items) {
    queue.offer(items.stream().filter(this::isWorthTrying).toList());
  }

  /** Has paths indexed now; the caller closes the demand. */
  Demand demand(Collection<Item> items) {
    return queue.demand(items.stream().filter(this::isWorthTrying).toList());
  }

  /** Paths that wait or are being indexed. */
  public int queued() {
    return queue.size();
  }

  private boolean isWorthTrying(Item item) {
    if (parts.indexer().isEmpty()) {
      return false;
    }
    synchronized (failures) {
      Long failed = failures.get(item.path());
      return failed == null || System.nanoTime() - failed > RETRY.toNanos();
    }
  }

  private void workIdly() {
    IdlePriority.lower();
    try {
      parts.sharing().catchUp(this::stopWhenClosed);
    } catch (IOException e) {
      if (!queue.isClosed()) {
        LOG.log(Level.WARNING, "sharing not caught up reason=\"{0}\"", e.getMessage());
      }
    }
    work(job -> !job.isWanted());
  }

  private void stopWhenClosed() throws IOException {
    if (queue.isClosed()) {
      throw new IOException("the node is stopping");
    }
  }

  private void work(Predicate<Job> kind) {
    try {
      for (Optional<Job> job = queue.take(kind); job.isPresent(); job = queue.take(kind)) {
        index(job.get());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void index(Job job) {
    StorePath path = job.path();
    try {
      Pace pace = new RestingPace(job);
      pace.step();
      if (isPublic(path)) {
        index(path, pace);
      }
    } catch (IOException | FaultException | RuntimeException e) {
      failed(path, e);
    } finally {
      queue.done(job);
    }
  }

  private boolean isPublic(StorePath path) throws IOException, FaultException {
    Optional<BinaryCache.Held> held = parts.cache().held(path);
    return held.isPresent() && parts.sharing().isPublic(held.get().narInfo());
  }

  private void index(StorePath path, Pace pace) throws IOException, FaultException {
    Indexer.Outcome outcome = parts.indexer().orElseThrow().addUnpinned(path, pace);
    for (Indexer.Failure failure : outcome.failed()) {
      failed(path, failure.cause());
    }
    if (!outcome.added().isEmpty()) {
      parts.cache().forget(path.hashPart());
      parts.objects().forget(path.hashPart());
      LOG.log(Level.DEBUG, "indexed path={0} bytes={1}", path, outcome.narBytes());
      Optional<CatalogRecord> record = parts.cache().held(path).flatMap(BinaryCache.Held::record);
      if (record.isPresent()) {
        parts.arrived().accept(record.get().views().blocks(parts.blocks()));
      }
    }
  }

  private void failed(StorePath path, Exception cause) {
    if (queue.isClosed()) {
      return;
    }
    LOG.log(Level.WARNING, "not indexed path={0} reason=\"{1}\"", path, cause.getMessage());
    synchronized (failures) {
      failures.put(path, System.nanoTime());
    }
  }

  /** Rests while there are better things to do, unless somebody waits for the path. */
  private final class RestingPace implements Pace {
    private final Job job;
    private long nextLook = System.nanoTime();

    RestingPace(Job job) {
      this.job = job;
    }

    @Override
    public void step() throws IOException {
      long now = System.nanoTime();
      if (!job.isWanted() && now - nextLook >= 0) {
        while (!job.isWanted() && !queue.isClosed() && busy.getAsBoolean()) {
          queue.rest(job, LOOK);
        }
        nextLook = System.nanoTime() + LOOK.toNanos();
      }
      stopWhenClosed();
    }
  }

  /** Stops what is under way and waits for it. */
  @Override
  public void close() {
    queue.close();
    long deadline = System.nanoTime() + CLOSING.toNanos();
    try {
      for (Thread thread : threads) {
        thread.join(Duration.ofNanos(Math.max(1, deadline - System.nanoTime())));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
