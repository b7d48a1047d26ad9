package spindrift.ipld;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Optional;
import spindrift.base.FaultException;
import spindrift.base.LimitExceededException;
import spindrift.ipld.UnixFsNode.EntrySlot;
import spindrift.ipld.UnixFsNode.Shard;
import spindrift.ipld.UnixFsNode.ShardSlot;
import spindrift.ipld.UnixFsNode.Slot;

/**
 * A walk over the entries of a sharded directory. Holds one shard a level; for one thread. After an
 * exception the walk is over.
 */
public final class HamtEntries {
  /** More entries than any directory in use has: an end to a walk that a peer feeds. Ours. */
  public static final long MAX_ENTRIES = 1L << 26;

  private final HamtDirectory directory;
  private final Deque<Level> levels = new ArrayDeque<>();
  private long found;

  HamtEntries(HamtDirectory directory) {
    this.directory = directory;
    levels.push(new Level(directory.root(), 0));
  }

  /** The next entry, or empty at the end. */
  public Optional<UnixFsEntry> next() throws FaultException, IOException {
    while (!levels.isEmpty()) {
      Level level = levels.element();
      if (!level.slots.hasNext()) {
        levels.pop();
        continue;
      }
      switch (level.slots.next()) {
        case EntrySlot slot -> {
          return Optional.of(accept(slot, level));
        }
        case ShardSlot slot -> {
          Shard shard = directory.load(slot, levels.size());
          levels.push(new Level(shard, level.pathTo(slot, fanout())));
        }
      }
    }
    return Optional.empty();
  }

  private UnixFsEntry accept(EntrySlot slot, Level level) throws FaultException {
    UnixFsEntry entry = slot.entry();
    long path = HamtHash.path(HamtHash.of(entry.name()), levels.size(), fanout());
    if (path != level.pathTo(slot, fanout())) {
      throw HamtDirectory.malformed("entry in the wrong place: " + entry.name().display());
    }
    if (++found > MAX_ENTRIES) {
      throw new LimitExceededException("entries of a sharded directory", MAX_ENTRIES);
    }
    return entry;
  }

  private int fanout() {
    return directory.root().fanout();
  }

  private static final class Level {
    private final Iterator<Slot> slots;

    /** The bits of the hash that lead to this shard. */
    private final long path;

    Level(Shard shard, long path) {
      this.slots = shard.slots().iterator();
      this.path = path;
    }

    long pathTo(Slot slot, int fanout) {
      return path * fanout + slot.index();
    }
  }
}
