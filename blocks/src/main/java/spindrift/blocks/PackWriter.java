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
 * held while a section is copied to the page cache. {@code flushing} lets one thread at a time sync;
 * those who wait for it mostly find that their blocks were synced along. The pack is synced before
 * the index is told, so that the index never knows of a block that a crash can take away.
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
  private List<Entry> added = new ArrayList<>();
  private List<Move> moved = new ArrayList<>();
  private Map<Integer, Touched> touched = new LinkedHashMap<>();
  private boolean created;
  private long sequence;
  private @Nullable Pack active;
  private long length;

  // Guarded by flushing.
  private long flushed;

  private volatile @Nullable IOException failure;

  private record Touched(Pack pack, long length, State state) {
    PackRow row() {
      return new PackRow(pack.id(), length, state, 0, 0);
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
    length = end;
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
      added.add(new Entry(key, at));
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
      moved.add(new Move(key, from, write(section, content.size())));
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
        touched.put(pack.id(), new Touched(pack, length, State.SEALED));
        active = null;
        sequence++;
      }
    } finally {
      appending.unlock();
    }
    sync();
  }

  /** Returns once everything appended before the call is durable and in the index. */
  void sync() throws IOException {
    appending.lock();
    long wanted = sequence;
    appending.unlock();
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
      touched.put(pack.id(), new Touched(pack, length, State.SEALED));
      pack = null;
    }
    if (pack == null) {
      active = null;
      pack = packs.create();
      created = true;
      active = pack;
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
    touched.put(pack.id(), new Touched(pack, length, State.OPEN));
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

  private void flush() throws IOException {
    checkUsable();
    appending.lock();
    List<Entry> newEntries = added;
    List<Move> newMoves = moved;
    Map<Integer, Touched> newTouched = touched;
    boolean newFiles = created;
    long upTo = sequence;
    added = new ArrayList<>();
    moved = new ArrayList<>();
    touched = new LinkedHashMap<>();
    created = false;
    appending.unlock();
    harden(newTouched, newFiles);
    try {
      index.commit(newEntries, newMoves, newTouched.values().stream().map(Touched::row).toList());
    } catch (IOException e) {
      // The packs have it all; the index is told at the next sync, or when the store is opened.
      appending.lock();
      newEntries.addAll(added);
      added = newEntries;
      newMoves.addAll(moved);
      moved = newMoves;
      newTouched.putAll(touched);
      touched = newTouched;
      appending.unlock();
      throw e;
    }
    for (Entry entry : newEntries) {
      pending.remove(entry.key(), entry.location());
    }
    flushed = upTo;
  }

  private void harden(Map<Integer, Touched> changed, boolean newFiles) throws IOException {
    try {
      for (Touched one : changed.values()) {
        one.pack().file().force();
      }
      if (newFiles) {
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
