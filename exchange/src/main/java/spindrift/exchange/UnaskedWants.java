package spindrift.exchange;

import java.util.Collection;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The wants of a session that are outstanding nowhere, in the order in which they will be loaded.
 * Each peer takes the first that it may have. Guarded by the desk's lock.
 */
final class UnaskedWants {
  private final NavigableMap<Long, Want> wants = new TreeMap<>();

  /** Adds a want, for those of the peers that may have it. */
  void put(Want want, Collection<SessionPeer> peers) {
    wants.put(want.place(), want);
    for (SessionPeer peer : peers) {
      if (!want.lacking().contains(peer)) {
        peer.lookFrom(want.place());
      }
    }
  }

  /** Removes a want; false where it was not here. */
  boolean remove(Want want) {
    return wants.remove(want.place(), want);
  }

  boolean contains(Want want) {
    return want.equals(wants.get(want.place()));
  }

  /** Takes the first want that a peer may have. */
  Optional<Want> take(SessionPeer peer) {
    Optional<Want> want = first(peer);
    want.ifPresent(wanted -> wants.remove(wanted.place()));
    return want;
  }

  /** Whether there is nothing that a peer may have. */
  boolean hasNothingFor(SessionPeer peer) {
    return first(peer).isEmpty();
  }

  /** Finds the first that a peer may have; what it lacks before that is not looked at again. */
  private Optional<Want> first(SessionPeer peer) {
    for (Want want : wants.tailMap(peer.cursor(), true).values()) {
      if (!want.lacking().contains(peer)) {
        peer.cursor(want.place());
        return Optional.of(want);
      }
    }
    peer.cursor(Long.MAX_VALUE);
    return Optional.empty();
  }
}
