package spindrift.p2p;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;

/**
 * Where peers may be reached: what they said themselves, and what others said of them.
 *
 * <p>The two are kept apart, so that lies about a peer cannot push out what it said itself. Safe
 * for use by several threads; the lock is this object.
 */
final class AddressBook {
  /** Ours: so many peers are remembered; the one that was looked for longest ago goes first. */
  static final int MAX_PEERS = 4096;

  /** Ours: so many addresses of a peer are kept of each kind; the oldest go first. */
  static final int MAX_ADDRESSES = 32;

  private final Map<PeerId, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);

  /** Keeps what the peer says of itself, in place of what it said before. */
  synchronized void stated(PeerId peer, List<Multiaddr> addresses) {
    Entry entry = entry(peer);
    entry.stated.clear();
    keep(entry.stated, addresses);
  }

  /** Keeps what was heard of a peer, besides what was heard before. */
  synchronized void heard(PeerId peer, List<Multiaddr> addresses) {
    keep(entry(peer).heard, addresses);
  }

  /** Keeps an address where the peer was found. */
  synchronized void found(PeerId peer, Multiaddr address) {
    entry(peer).found = List.of(address);
  }

  /**
   * Addresses to try, the best first: where it was found the last time, then in turn the newest
   * that were heard and those that it stated.
   */
  synchronized List<Multiaddr> of(PeerId peer) {
    Entry entry = entries.get(peer);
    if (entry == null) {
      return List.of();
    }
    LinkedHashSet<Multiaddr> all = new LinkedHashSet<>(entry.found);
    List<Multiaddr> stated = new ArrayList<>(entry.stated);
    List<Multiaddr> heard = new ArrayList<>(entry.heard).reversed();
    for (int i = 0; i < Math.max(stated.size(), heard.size()); i++) {
      if (i < heard.size()) {
        all.add(heard.get(i));
      }
      if (i < stated.size()) {
        all.add(stated.get(i));
      }
    }
    return List.copyOf(all);
  }

  private Entry entry(PeerId peer) {
    Entry entry = entries.computeIfAbsent(peer, _ -> new Entry());
    if (entries.size() > MAX_PEERS) {
      entries.remove(entries.keySet().iterator().next());
    }
    return entry;
  }

  private static void keep(SequencedSet<Multiaddr> kept, List<Multiaddr> addresses) {
    for (Multiaddr address : addresses) {
      Multiaddr bare = address.withoutPeer();
      kept.remove(bare);
      kept.add(bare);
      if (kept.size() > MAX_ADDRESSES) {
        kept.removeFirst();
      }
    }
  }

  private static final class Entry {
    final LinkedHashSet<Multiaddr> stated = new LinkedHashSet<>();
    final LinkedHashSet<Multiaddr> heard = new LinkedHashSet<>();
    List<Multiaddr> found = List.of();
  }
}
