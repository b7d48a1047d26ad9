package spindrift.catalog;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import spindrift.base.ByteSource;
import spindrift.base.ByteTarget;
import spindrift.base.FaultException;
import spindrift.blocks.DiskBlockStore;
import spindrift.blocks.GcMode;
import spindrift.blocks.GcReport;
import spindrift.blocks.Verification;
import spindrift.catalog.CatalogRecord.Origin;
import spindrift.catalog.CatalogRecord.Pin;
import spindrift.ipld.Cid;
import spindrift.nix.StorePath;
import spindrift.store.LocalStore;

/**
 * Keeps a node's holdings in order: gives up what nobody needs, keeps to the quota, and reads
 * everything again to find damage. Runs beside requests. Safe for use by several threads.
 */
public final class Housekeeping {
  /** How long an upload waits for its narinfo: far longer than a client pushes one path. */
  private static final Duration STAGED_FOR = Duration.ofHours(24);

  /** One collection in this many frees the whole quota: a bound on how often a store is marked. */
  private static final int MIN_STEPS = 20;

  private final Catalog catalog;
  private final DiskBlockStore blocks;
  private final Optional<LocalStore> store;
  private final BinaryCache cache;
  private final ReentrantLock collecting = new ReentrantLock();

  public Housekeeping(
      Catalog catalog, DiskBlockStore blocks, Optional<LocalStore> store, BinaryCache cache) {
    this.catalog = catalog;
    this.blocks = blocks;
    this.store = store;
    this.cache = cache;
  }

  /** What a garbage collection gives up of unpinned records that are still good. */
  public enum Scope {
    /** Only what the quota asks for. */
    OVER_QUOTA,
    /** All of them. */
    UNPINNED
  }

  /**
   * What a garbage collection did, or would do.
   *
   * @param gone records of the local store's whose path Nix has collected
   * @param evicted unpinned records that made room
   */
  public record Collected(List<StorePath> gone, List<StorePath> evicted, GcReport blocks) {}

  /**
   * Collects garbage: records whose files are gone, unpinned records as far as the scope says, and
   * all blocks that no record and no upload needs. A dry run cannot tell what the quota would take.
   *
   * @param quota bytes that kept blocks may take
   */
  public Collected collect(OptionalLong quota, Scope scope, GcMode mode)
      throws IOException, FaultException {
    collecting.lock();
    try {
      List<StorePath> gone = recordsWithoutFiles();
      List<StorePath> evicted =
          scope == Scope.UNPINNED ? new ArrayList<>(unpinned()) : new ArrayList<>();
      Set<StorePath> given = new HashSet<>(gone);
      given.addAll(evicted);
      if (mode == GcMode.COLLECT) {
        remove(List.copyOf(given));
        given.clear(); // one of them may come back before its roots are listed
        catalog.stagedNars().removeBefore(Instant.now().minus(STAGED_FOR));
      }
      GcReport report = blocks.collect(rootsWithout(given), mode);
      if (mode == GcMode.COLLECT && scope == Scope.OVER_QUOTA && quota.isPresent()) {
        report = shrinkTo(quota.getAsLong(), evicted, report);
      }
      if (mode == GcMode.COLLECT) {
        catalog.sweepSharedBlocks();
      }
      return new Collected(gone, evicted, report);
    } catch (UncheckedIOException e) {
      throw new IOException(e.getMessage(), e);
    } finally {
      collecting.unlock();
    }
  }

  /** Whether kept blocks take more than they may. */
  public boolean isOver(long quota) throws IOException {
    return blocks.stats().packBytes() > quota;
  }

  /** Evicts least recently used records until the quota is kept or only pinned ones are left. */
  private GcReport shrinkTo(long quota, List<StorePath> evicted, GcReport first)
      throws IOException, FaultException {
    GcReport total = first;
    while (isOver(quota)) {
      // What a record frees is known only afterwards, since records share blocks.
      // Packs with little dead in them stay, so small steps would take many collections.
      long excess = Math.max(blocks.stats().packBytes() - quota, quota / MIN_STEPS);
      List<StorePath> victims = new ArrayList<>();
      long expected = 0;
      for (CatalogRecord record : catalog.evictionCandidates()) {
        if (expected >= excess) {
          break;
        }
        victims.add(record.path());
        expected += record.narInfo().narSize();
      }
      if (victims.isEmpty()) {
        return total;
      }
      remove(victims);
      evicted.addAll(victims);
      total = total.plus(blocks.collect(rootsWithout(Set.of()), GcMode.COLLECT));
    }
    return total;
  }

  private void remove(List<StorePath> paths) throws IOException {
    catalog.remove(paths);
    paths.forEach(path -> cache.forget(path.hashPart()));
  }

  private List<StorePath> recordsWithoutFiles() throws IOException, FaultException {
    List<StorePath> gone = new ArrayList<>();
    if (store.isPresent()) {
      for (CatalogRecord record : allRecords()) {
        if (record.origin() == Origin.STORE && store.get().pathInfo(record.path()).isEmpty()) {
          gone.add(record.path());
        }
      }
    }
    return gone;
  }

  private List<StorePath> unpinned() {
    List<StorePath> paths = new ArrayList<>();
    for (CatalogRecord record : allRecords()) {
      if (record.pin() == Pin.UNPINNED) {
        paths.add(record.path());
      }
    }
    return paths;
  }

  /**
   * The roots as they are when they are asked for, which is after the collection has begun to watch
   * what comes in: listed before, those of an upload that ends in between would be missing.
   */
  private Iterable<Cid> rootsWithout(Set<StorePath> given) {
    return () -> {
      try {
        List<Cid> roots = new ArrayList<>(catalog.stagedNars().roots());
        for (CatalogRecord record : allRecords()) {
          if (!given.contains(record.path())) {
            roots.add(record.narView());
            roots.add(record.treeView());
          }
        }
        return roots.iterator();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    };
  }

  /** All records, read from the catalog page by page while they are walked. */
  public Iterable<CatalogRecord> allRecords() {
    return () ->
        new Iterator<>() {
          private Iterator<CatalogRecord> page = List.<CatalogRecord>of().iterator();
          private String last = "";
          private boolean ended;

          @Override
          public boolean hasNext() {
            if (!page.hasNext() && !ended) {
              try {
                page = catalog.pageAfter(last).iterator();
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
              ended = !page.hasNext();
            }
            return page.hasNext();
          }

          @Override
          public CatalogRecord next() {
            if (!hasNext()) {
              throw new NoSuchElementException();
            }
            CatalogRecord record = page.next();
            last = record.path().hashPart();
            return record;
          }
        };
  }

  /** Something that is not as it should be. */
  public record Damage(String what, String problem) {}

  /** Reads one record's NAR through its view, leaf by leaf, and compares its hash. */
  public Optional<Damage> verify(CatalogRecord record, Progress progress) {
    try {
      ByteSource nar = cache.viewOf(record);
      AtomicLong done = new AtomicLong();
      ByteTarget reporting =
          (buffer, from, length) ->
              progress.report(done.addAndGet(length), nar.size(), record.path().name());
      HashingTarget hashing = new HashingTarget(reporting, 0, nar.size());
      nar.writeTo(hashing, 0, nar.size());
      hashing.finish(record.narInfo().narHash(), "the NAR view");
      Listings.ofTreeView(record.treeView(), cache.dag());
      return Optional.empty();
    } catch (IOException | FaultException e) {
      return Optional.of(new Damage(record.path().toString(), String.valueOf(e.getMessage())));
    }
  }

  /** Reads every kept block again. */
  public Verification verifyBlocks(Progress progress) throws IOException {
    return blocks.verify((done, total) -> progress.report(done, total, "blocks"));
  }
}
