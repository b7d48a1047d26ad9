package spindrift.blocks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import spindrift.base.Bytes;
import spindrift.base.DurableFile;
import spindrift.blocks.PackIndex.Entry;
import spindrift.blocks.PackIndex.Move;
import spindrift.blocks.PackIndex.PackRow;
import spindrift.blocks.PackIndex.State;
import spindrift.ipld.Cid;

/**
 * Appends blocks to the open pack and makes them durable in groups.
 *
 * <p>{@code appending} guards the end of the open pack and the lists of what is not synced; it is
 * held while a section is copied to the page cache. {@code flushing} lets one thread at a time
 * sync; those who wait for it mostly find that their blocks were synced along. The pack is synced
 * before the index is told, so that the index never knows of a block that a crash can take away.
 */
final class PackWriter {
  /** Blocks not yet in the index are found through memory; this bounds it to some megabytes. */
  private static final int MAX_PENDING = 16_384;

  private final PackDirectory packs;
  private final PackIndex index;
  private final long maxPackBytes;
  private final ReentrantLock appending = new ReentrantLock();
  private final ReentrantLock flushing = new ReentrantLock();

  /** Appended, and not yet committed to the index. */
  private final ConcurrentHashMap<Key, Location> pending = new ConcurrentHashMap<>();

  // Guarded by appending.
  private Batch batch = new Batch();
  private long sequence;
  private @Nullable Pack active;
  private long length;

  /** The number of the open pack, 0 for none. */
  private volatile int activeId;

  // Guarded by flushing.
  private long flushed;

  private volatile @Nullable IOException failure;

  private record Touched(Pack pack, long length, State state) {
    PackRow row() {
      return new PackRow(pack.id(), length, state, 0, 0);
    }
  }

  /** What one sync has to make durable. */
  private static final class Batch {
    private final List<Entry> added = new ArrayList<>();
    private final List<Move> moved = new ArrayList<>();
    private final Map<Integer, Touched> touched = new LinkedHashMap<>();
    private boolean newFiles;

    void touch(Pack pack, long length, State state) {
      touched.put(pack.id(), new Touched(pack, length, state));
    }

    void addAll(Batch later) {
      added.addAll(later.added);
      moved.addAll(later.moved);
      touched.putAll(later.touched);
      newFiles |= later.newFiles;
    }
  }

  PackWriter(PackDirectory packs, PackIndex index, long maxPackBytes) {
    this.packs = packs;
    this.index = index;
    this.maxPackBytes = maxPackBytes;
  }

  /** Goes on at the end of a pack; only before the first append. */
  void resume(Pack pack, long end) {
    active = pack;
    activeId = pack.id();
    length = end;
  }

  /** The number of the pack that is written to, 0 for none; all others never change again. */
  int activePack() {
    return activeId;
  }

  /** Where a block is, synced or not. */
  Optional<Location> find(Key key) throws IOException {
    Location waiting = pending.get(key);
    return waiting != null ? Optional.of(waiting) : index.find(key);
  }

  /** Stores a block, unless it was appended a moment ago. On failure the pack is as before. */
  void append(Key key, Cid cid, Bytes content) throws IOException {
    byte[] section = PackFormat.section(cid, content);
    appending.lock();
    try {
      if (pending.containsKey(key)) {
        return;
      }
      Location at = write(section, content.size());
      pending.put(key, at);
      batch.added.add(new Entry(key, at));
    } finally {
      appending.unlock();
    }
    if (pending.size() > MAX_PENDING) {
      sync();
    }
  }

  /** Stores another copy of a block; the index points at it after the next {@link #sync}. */
  void copy(Key key, Cid cid, Bytes content, Location from) throws IOException {
    byte[] section = PackFormat.section(cid, content);
    appending.lock();
    try {
      batch.moved.add(new Move(key, from, write(section, content.size())));
    } finally {
      appending.unlock();
    }
  }

  /** Lets nothing more be appended to the pack that is open now. */
  void seal() throws IOException {
    appending.lock();
    try {
      Pack pack = active;
      if (pack != null) {
        batch.touch(pack, length, State.SEALED);
        active = null;
        activeId = 0;
        sequence++;
      }
    } finally {
      appending.unlock();
    }
    sync();
  }

  /** Returns once everything appended before the call is durable and in the index. */
  void sync() throws IOException {
    long wanted = appended();
    flushing.lock();
    try {
      if (flushed < wanted) {
        flush();
      }
    } finally {
      flushing.unlock();
    }
  }

  /** Stops looking in memory for a block that turned out damaged there. */
  void forgetPending(Key key, Location at) {
    pending.remove(key, at);
  }

  private Location write(byte[] section, int contentSize) throws IOException {
    checkUsable();
    Pack pack = active;
    if (pack != null && length + section.length > maxPackBytes) {
      batch.touch(pack, length, State.SEALED);
      pack = null;
    }
    if (pack == null) {
      active = null;
      pack = packs.create();
      batch.newFiles = true;
      active = pack;
      activeId = pack.id();
      length = PackFormat.HEADER.size();
    }
    SteadyFile file = pack.file();
    try {
      file.write(section, length);
    } catch (IOException e) {
      cutBack(file, e);
      throw e;
    }
    long start = length;
    length += section.length;
    sequence++;
    batch.touch(pack, length, State.OPEN);
    return new Location(pack.id(), start + section.length - contentSize, contentSize);
  }

  /** Removes half a section, as on a full disk; whatever cannot be cut is written over. */
  private void cutBack(SteadyFile file, IOException cause) {
    try {
      file.truncate(length);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  private long appended() {
    appending.lock();
    try {
      return sequence;
    } finally {
      appending.unlock();
    }
  }

  private void flush() throws IOException {
    checkUsable();
    Batch taken;
    long upTo;
    appending.lock();
    try {
      taken = batch;
      upTo = sequence;
      batch = new Batch();
    } finally {
      appending.unlock();
    }
    harden(taken);
    try {
      index.commit(
          taken.added, taken.moved, taken.touched.values().stream().map(Touched::row).toList());
    } catch (IOException e) {
      // The packs have it all; the index is told at the next sync, or when the store is opened.
      putBack(taken);
      throw e;
    }
    for (Entry entry : taken.added) {
      pending.remove(entry.key(), entry.location());
    }
    flushed = upTo;
  }

  private void putBack(Batch taken) {
    appending.lock();
    try {
      taken.addAll(batch);
      batch = taken;
    } finally {
      appending.unlock();
    }
  }

  private void harden(Batch taken) throws IOException {
    try {
      for (Touched one : taken.touched.values()) {
        one.pack().file().force();
      }
      if (taken.newFiles) {
        DurableFile.syncDirectory(packs.path());
      }
    } catch (IOException e) {
      // The kernel may forget what it could not write and report success the next time.
      failure = e;
      throw e;
    }
  }

  private void checkUsable() throws IOException {
    IOException earlier = failure;
    if (earlier != null) {
      throw new IOException("blocks cannot be written since a sync failed; restart", earlier);
    }
  }
}
