package spindrift.exchange;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import spindrift.ipld.Cid;

/**
 * What one peer wants of us. A want is due until it was answered; one that was answered with
 * nothing waits for its block to arrive. Past the bound the least urgent are forgotten. Safe for
 * use by several threads: guarded by itself.
 */
final class PeerWants {
  /** Ours: past so many wants of all peers together, some 60 MB, each peer has only its share. */
  static final long MAX_IN_ALL = 256 << 10;

  /** What deployed peers keep of each other. */
  static final int SHARE_OF_EACH = 1024;

  private final int max;
  private final AtomicLong storedInAll;
  private final Map<Cid, StoredWant> all = new HashMap<>();
  private final NavigableSet<StoredWant> due = new TreeSet<>(StoredWant.ORDER);
  private final NavigableSet<StoredWant> waiting = new TreeSet<>(StoredWant.ORDER);
  private long nextNumber;
  private long nextRound;

  /**
   * @param max wants that are stored
   * @param storedInAll wants of all peers together; kept up to date here
   */
  PeerWants(int max, AtomicLong storedInAll) {
    this.max = max;
    this.storedInAll = storedInAll;
  }

  synchronized int size() {
    return all.size();
  }

  synchronized boolean hasDue() {
    return !due.isEmpty();
  }

  /** A message begins, whose number is the answer. */
  synchronized long beginRound() {
    return nextRound++;
  }

  /** Takes a line of a wantlist. */
  synchronized void put(WantEntry entry, long round) {
    StoredWant before = forget(entry.cid());
    if (entry.kind() == WantEntry.Kind.CANCEL) {
      return;
    }
    // Who wants a block does not want less because it also asks whether it is here.
    WantEntry.Kind kind =
        before != null && before.kind() == WantEntry.Kind.BLOCK ? before.kind() : entry.kind();
    StoredWant want =
        new StoredWant(entry.cid(), entry.priority(), kind, entry.dontHave(), nextNumber++, round);
    int limit = storedInAll.get() >= MAX_IN_ALL ? Math.min(max, SHARE_OF_EACH) : max;
    while (all.size() >= limit) {
      Optional<StoredWant> least = leastUrgent();
      if (least.isEmpty() || StoredWant.ORDER.compare(least.get(), want) < 0) {
        return;
      }
      forget(least.get().cid());
    }
    all.put(want.cid(), want);
    storedInAll.incrementAndGet();
    due.add(want);
  }

  /** A message replaces the whole list: what was in earlier ones only goes. */
  synchronized void keepFrom(long round) {
    List<Cid> old =
        all.values().stream().filter(want -> want.round() < round).map(StoredWant::cid).toList();
    old.forEach(this::forget);
  }

  /** Takes the most urgent want to be answered; {@link #answered} or {@link #absent} follows. */
  synchronized Optional<StoredWant> pollDue() {
    return Optional.ofNullable(due.pollFirst());
  }

  /** Ends a want; false where the peer has cancelled or renewed it in the meantime. */
  synchronized boolean answered(StoredWant want) {
    return isCurrent(want) && forget(want.cid()) != null;
  }

  /**
   * Keeps a want until its block arrives; false where the peer has cancelled or renewed it in the
   * meantime.
   */
  synchronized boolean absent(StoredWant want) {
    return isCurrent(want) && waiting.add(want);
  }

  /** Makes wants for blocks that came due again; whether there were any. */
  synchronized boolean arrived(Collection<Cid> cids) {
    if (all.isEmpty()) {
      return false;
    }
    boolean any = false;
    for (Cid cid : cids) {
      for (Cid name : namesOf(cid)) {
        StoredWant want = all.get(name);
        if (want != null) {
          put(new WantEntry(name, want.priority(), want.kind(), want.dontHave()), want.round());
          any = true;
        }
      }
    }
    return any;
  }

  synchronized void clear() {
    storedInAll.addAndGet(-all.size());
    all.clear();
    due.clear();
    waiting.clear();
  }

  /** Blocks are had by their hash; version 0 is another name of the same block. */
  private static List<Cid> namesOf(Cid cid) {
    List<Cid> names = new ArrayList<>(2);
    names.add(cid.toV1());
    if (cid.codec() == Cid.DAG_PB && cid.isSha256()) {
      names.add(Cid.v0(cid.hash()));
    }
    return names;
  }

  /** Those that are being answered are in neither set, and stay. */
  private Optional<StoredWant> leastUrgent() {
    return Stream.of(due, waiting)
        .filter(wants -> !wants.isEmpty())
        .map(NavigableSet::last)
        .max(StoredWant.ORDER);
  }

  private boolean isCurrent(StoredWant want) {
    return want.equals(all.get(want.cid()));
  }

  private @Nullable StoredWant forget(Cid cid) {
    StoredWant want = all.remove(cid);
    if (want != null) {
      storedInAll.decrementAndGet();
      if (!due.remove(want)) {
        waiting.remove(want);
      }
    }
    return want;
  }
}
