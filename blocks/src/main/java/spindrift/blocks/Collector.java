package spindrift.blocks;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import spindrift.base.IntegrityException;
import spindrift.blocks.PackIndex.Entry;
import spindrift.blocks.PackIndex.PackRow;
import spindrift.blocks.PackIndex.State;
import spindrift.ipld.Cid;

/**
 * One garbage collection: mark what the roots reach, remove all else from the index, and write
 * packs with little left in them anew. Runs beside reads and writes; used once, by one thread.
 *
 * <p>A pack goes in an order that a crash may stop anywhere: copies are synced, the index is
 * pointed at them, the pack is condemned in the index and the index synced, the file deleted, the
 * pack forgotten.
 */
final class Collector {
  private static final System.Logger LOG = System.getLogger(Collector.class.getName());
  private static final SecureRandom RANDOM = new SecureRandom();

  /** Puts wait while this many blocks are removed: some milliseconds. */
  private static final int SWEEP_BATCH = 512;

  /** Bytes copied between two syncs. */
  private static final long COPY_BATCH = 32L << 20;

  /** What a section needs beside its content: a length and a CID. */
  private static final int SECTION_OVERHEAD = 39;

  private final PackStore packs;
  private final Protection protection;
  private final Marking marking;
  private final GcMode mode;

  private long removed;
  private long removedBytes;
  private long freedBytes;
  private int packsDeleted;

  Collector(
      PackStore packs, Protection protection, BlockReader blocks, long expectedKeys, GcMode mode) {
    this.packs = packs;
    this.protection = protection;
    this.marking = new Marking(blocks, new LiveSet(expectedKeys, RANDOM.nextLong()));
    this.mode = mode;
  }

  void run(Iterable<Cid> roots, Pins pins, int minLivePercent)
      throws IOException, IntegrityException {
    packs.writer().sync();
    // From here on whatever comes under protection is marked; what was under it before is read now.
    protection.begin(marking);
    try {
      // Before the roots: a session that ends in between has recorded a root by then, while one
      // looked for after them would be found neither here nor there.
      for (Cid root : protection.heldRoots()) {
        marking.mark(root);
      }
      for (Protection.SessionBlocks session : protection.sessions()) {
        for (Cid cid : session.cids()) {
          marking.mark(cid);
        }
      }
      for (Pin pin : pins.list()) {
        marking.mark(pin.root());
      }
      for (Cid root : roots) {
        marking.mark(root);
      }
      marking.finish();
      marking.checkComplete();
      sweep();
    } finally {
      protection.end();
    }
    if (mode == GcMode.DRY_RUN) {
      freedBytes = removedBytes;
    } else {
      compact(minLivePercent);
    }
  }

  GcReport report(long referencesDropped) {
    return new GcReport(removed, removedBytes, freedBytes, packsDeleted, referencesDropped);
  }

  private void sweep() throws IOException {
    Optional<Key> after = Optional.empty();
    while (true) {
      List<Entry> page = packs.index().page(after, SWEEP_BATCH);
      if (page.isEmpty()) {
        return;
      }
      after = Optional.of(page.getLast().key());
      List<Entry> dead = new ArrayList<>(page);
      dead.removeIf(entry -> marking.isLive(entry.key()));
      if (mode == GcMode.COLLECT && !dead.isEmpty()) {
        protection.whileRemoving(
            () -> {
              dead.removeIf(entry -> marking.isLive(entry.key()));
              packs.index().remove(dead);
            });
      }
      removed += dead.size();
      removedBytes += dead.stream().mapToLong(entry -> entry.location().length()).sum();
    }
  }

  private void compact(int minLivePercent) throws IOException {
    for (PackRow pack : packs.index().packs()) {
      if (pack.state() == State.OPEN && sparse(pack, minLivePercent)) {
        packs.writer().seal();
      }
    }
    List<PackRow> sparse =
        packs.index().packs().stream()
            .filter(pack -> pack.state() == State.SEALED && sparse(pack, minLivePercent))
            // The emptiest first: they free the room that the others are copied into.
            .sorted((one, other) -> Long.compare(one.bytes(), other.bytes()))
            .toList();
    for (PackRow pack : sparse) {
      if (pack.blocks() > 0) {
        rewrite(pack);
      }
      delete(pack);
    }
  }

  private static boolean sparse(PackRow pack, int minLivePercent) {
    long live = pack.bytes() + pack.blocks() * SECTION_OVERHEAD;
    return pack.blocks() == 0
        ? pack.length() > PackFormat.HEADER.size()
        : live * 100 < pack.length() * minLivePercent;
  }

  private void rewrite(PackRow row) throws IOException {
    Pack pack = packs.directory().acquire(row.id());
    if (pack == null) {
      return;
    }
    try {
      PackScanner scanner = new PackScanner(pack.file(), PackFormat.HEADER.size(), row.length());
      long sinceSync = 0;
      for (PackScanner.Section section = scanner.next();
          section != null;
          section = scanner.next()) {
        Key key = Key.of(section.cid());
        Location at = new Location(row.id(), section.offset(), section.content().size());
        if (!packs.index().find(key).equals(Optional.of(at))) {
          continue;
        }
        if (!section.intact()) {
          packs.forget(section.cid(), key, at);
          continue;
        }
        packs.writer().copy(key, section.cid(), section.content(), at);
        freedBytes -= at.length() + SECTION_OVERHEAD;
        sinceSync += at.length();
        if (sinceSync > COPY_BATCH) {
          packs.writer().sync();
          sinceSync = 0;
        }
      }
    } finally {
      pack.release();
    }
    packs.writer().sync();
  }

  private void delete(PackRow row) throws IOException {
    boolean empty =
        packs.index().packs().stream().anyMatch(now -> now.id() == row.id() && now.blocks() == 0);
    Pack pack = packs.directory().acquire(row.id());
    if (pack == null || !empty) {
      LOG.log(Level.WARNING, "keep pack={0} reason=unreadable", PackFormat.name(row.id()));
      if (pack != null) {
        pack.release();
      }
      return;
    }
    try {
      freedBytes += Files.size(pack.path());
    } finally {
      pack.release();
    }
    packs.index().condemn(row.id());
    packs.directory().delete(row.id());
    packs.index().forget(row.id());
    packsDeleted++;
  }
}
