package spindrift.exchange;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import spindrift.ipld.Cid;

/**
 * Wants, cancels and presences for a peer. They have a stream of their own, so that what is wanted
 * never waits for blocks that go the same way. Guarded by itself.
 */
final class WordOutbox implements Outbox {
  /**
   * Ours: some 200 KB of wants and as much of presences in one message; 1.2 MB with the longest
   * CIDs. A peer may refuse messages of over 4 MiB.
   */
  static final int MAX_ENTRIES = 4096;

  private final Map<Cid, WantEntry> wants = new LinkedHashMap<>();

  /** Wants that took the place of a cancel: the peer may know of an earlier want. */
  private final Set<Cid> renewed = new HashSet<>();

  private final Map<Cid, Presence> presences = new LinkedHashMap<>();
  private boolean closed;

  /** Wants blocks or cancels them. */
  synchronized void want(List<WantEntry> entries) {
    if (!closed && !entries.isEmpty()) {
      entries.forEach(this::put);
      notifyAll();
    }
  }

  private void put(WantEntry entry) {
    WantEntry before = wants.put(entry.cid(), entry);
    if (before != null && before.kind() == WantEntry.Kind.CANCEL) {
      renewed.add(entry.cid());
    }
  }

  /** Forgets a want that was not sent yet; false where the peer may know of it. */
  synchronized boolean retract(Cid cid) {
    return wants.remove(cid) != null && !renewed.remove(cid);
  }

  /** Tells what is here and what is not. */
  synchronized void say(List<OutgoingMessage.PresenceEntry> entries) {
    if (!closed && !entries.isEmpty()) {
      entries.forEach(entry -> presences.put(entry.cid(), entry.presence()));
      notifyAll();
    }
  }

  /** The peer does not want to know any more. */
  synchronized void drop(Cid cid) {
    presences.remove(cid);
  }

  /** Whether more may be said before some of it was sent. */
  synchronized boolean hasRoom() {
    return presences.size() < MAX_ENTRIES;
  }

  @Override
  public synchronized Optional<OutgoingMessage> take() throws InterruptedException {
    while (!closed && wants.isEmpty() && presences.isEmpty()) {
      wait();
    }
    if (closed) {
      return Optional.empty();
    }
    List<WantEntry> someWants = takeSome(wants).stream().map(Map.Entry::getValue).toList();
    someWants.forEach(entry -> renewed.remove(entry.cid()));
    List<OutgoingMessage.PresenceEntry> somePresences =
        takeSome(presences).stream()
            .map(entry -> new OutgoingMessage.PresenceEntry(entry.getKey(), entry.getValue()))
            .toList();
    return Optional.of(OutgoingMessage.words(someWants, somePresences));
  }

  @Override
  public void sent() {}

  @Override
  public synchronized void close() {
    closed = true;
    wants.clear();
    renewed.clear();
    presences.clear();
    notifyAll();
  }

  private static <V> List<Map.Entry<Cid, V>> takeSome(Map<Cid, V> map) {
    List<Map.Entry<Cid, V>> some = new ArrayList<>();
    Iterator<Map.Entry<Cid, V>> rest = map.entrySet().iterator();
    while (rest.hasNext() && some.size() < MAX_ENTRIES) {
      Map.Entry<Cid, V> entry = rest.next();
      some.add(Map.entry(entry.getKey(), entry.getValue()));
      rest.remove();
    }
    return some;
  }
}
