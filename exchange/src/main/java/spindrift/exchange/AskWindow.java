package spindrift.exchange;

import java.time.Duration;

/**
 * How many wants are to be outstanding at a peer: as many as it delivers in one round trip and a
 * fifth of a second more, by the rate that it has shown. Each delivery measures the rate anew: the
 * bytes that came between asking for a block and its arrival, over that time. The best of the last
 * seconds counts, so that what is limited here does not look like a slow peer. Guarded by the
 * desk's lock.
 */
final class AskWindow {
  /** Enough to see how fast a peer is, and little to have lying at a slow one. */
  static final int FIRST = 8;

  /** One under way and one asked for. */
  private static final int LEAST = 2;

  /** Ours: what a peer may have under way to us, as much as the largest receive window. */
  private static final long MAX_BYTES = 16L << 20;

  /** Ours: for so long a peer has wants lying beside a round trip. */
  static final long AHEAD_NANOS = Duration.ofMillis(200).toNanos();

  /** After so long without a better one, the best rate counts half. */
  private static final double HALF_LIFE_NANOS = Duration.ofSeconds(2).toNanos();

  /** Of a peer that has not delivered anything yet. */
  private static final long UNKNOWN_LATENCY = Duration.ofMillis(100).toNanos();

  private static final double SMOOTHING = 1.0 / 16;
  private static final double SHORTEST_SAMPLE_NANOS = Duration.ofMillis(1).toNanos();

  private int maxWants = FIRST;
  private long delivered;
  private double averageBytes;
  private double bytesPerNano;
  private double latency;
  private long leastLatency = Long.MAX_VALUE;
  private long lastSample;
  private int outrun;

  /** No more than this at a time. */
  void bound(int wants) {
    maxWants = wants;
  }

  /** Bytes that the peer has delivered so far. */
  long delivered() {
    return delivered;
  }

  /** Another peer has brought what was asked for here. */
  void outrun() {
    outrun = Math.min(outrun + 1, 16);
  }

  /** Counts a block that came. */
  void delivered(Ask ask, int bytes, long now) {
    outrun = 0;
    long taken = Math.max(1, now - ask.askedAt());
    delivered += bytes;
    double sample =
        (delivered - ask.deliveredBefore()) / Math.max(SHORTEST_SAMPLE_NANOS, (double) taken);
    bytesPerNano =
        Math.max(sample, bytesPerNano * Math.pow(0.5, (now - lastSample) / HALF_LIFE_NANOS));
    lastSample = now;
    averageBytes = averageBytes == 0 ? bytes : averageBytes + (bytes - averageBytes) * SMOOTHING;
    latency = latency == 0 ? taken : latency + (taken - latency) * SMOOTHING;
    leastLatency = Math.min(leastLatency, taken);
  }

  /** How many wants may be outstanding; each time that others were faster, half as many. */
  int limit() {
    return Math.max(1, byRate() >> outrun);
  }

  private int byRate() {
    if (delivered == 0) {
      return Math.min(FIRST, maxWants);
    }
    double bytes = Math.min(MAX_BYTES, bytesPerNano * (leastLatency + AHEAD_NANOS));
    return Math.clamp((long) (bytes / Math.max(1, averageBytes)), LEAST, maxWants);
  }

  /** How long the peer takes to deliver something while it has nothing else to do. */
  long quickest() {
    return delivered == 0
        ? UNKNOWN_LATENCY
        : leastLatency + (long) (averageBytes / Math.max(bytesPerNano, 1e-9));
  }

  /** How long until something arrives that was asked for some time ago, as far as can be told. */
  long remaining(long age) {
    return Math.abs((long) latency - age);
  }
}
