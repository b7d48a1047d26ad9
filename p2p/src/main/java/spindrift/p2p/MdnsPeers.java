package spindrift.p2p;

import java.net.InetAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Remembers which peers were found lately, so that each is told of rarely, and strangers that make
 * up peers cannot have us dial without end. Safe for use by several threads.
 */
final class MdnsPeers {
  /** Ours: more peers than any one network has. */
  static final int MAX_PEERS = 1024;

  /** Ours: machines whose packets are counted one by one. */
  static final int MAX_SOURCES = 1024;

  /** Ours: a peer is told of again after this long, since its connection may be gone. */
  static final Duration AGAIN = Duration.ofSeconds(10);

  /** Ours: how many peers may be told of at once, and then a second. */
  static final int BURST = 64;

  static final int PER_SECOND = 16;

  /** Ours: the same for the peers in packets from one machine. */
  static final int SOURCE_BURST = 16;

  static final int SOURCE_PER_SECOND = 2;

  /** What can be told; a peer has other addresses on each network. */
  private record Hint(PeerId peer, List<Multiaddr> addresses) {}

  private final LongSupplier nanoTime;

  /** When each was told. */
  private final Map<Hint, Long> told = recent(MAX_PEERS);

  private final Map<InetAddress, RateLimit> sources = recent(MAX_SOURCES);
  private final RateLimit all;

  MdnsPeers(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.all = new RateLimit(PER_SECOND, BURST, nanoTime);
  }

  /** A map that forgets what was longest not used. */
  private static <K, V> Map<K, V> recent(int most) {
    return new LinkedHashMap<>(16, 0.75f, true) {
      @Override
      protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > most;
      }
    };
  }

  /** Whether to tell of a peer now. */
  synchronized boolean isNews(PeerId peer, List<Multiaddr> addresses, InetAddress source) {
    long now = nanoTime.getAsLong();
    Hint hint = new Hint(peer, List.copyOf(addresses));
    Long before = told.get(hint);
    if (before != null && now - before < AGAIN.toNanos()) {
      return false;
    }
    RateLimit ofSource =
        sources.computeIfAbsent(
            source, s -> new RateLimit(SOURCE_PER_SECOND, SOURCE_BURST, nanoTime));
    if (!ofSource.tryTake() || !all.tryTake()) {
      return false;
    }
    told.put(hint, now);
    return true;
  }

  /** Has all peers told of again, once a network is there that was not. */
  synchronized void forget() {
    told.clear();
  }
}
