package spindrift.p2p;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import spindrift.base.FaultException;

/** A connection with a peer whose identity is proved, ready for streams. */
final class Connection implements AutoCloseable {
  /** Ours: streams for identify, push and ping that a peer may open at once. */
  private static final int UPKEEP_BURST = 30;

  /** Ours: and then, over time. Pings come once a second at most. */
  private static final int UPKEEP_PER_SECOND = 3;

  private final PeerId peer;
  private final PeerInfo.Direction direction;
  private final Multiaddr address;
  private final Muxer muxer;
  private final Instant since = Instant.now();
  private final long openedAt = System.nanoTime();
  private final AtomicInteger streams = new AtomicInteger();
  private final AtomicInteger inboundStreams = new AtomicInteger();
  private final AtomicInteger toldRevision = new AtomicInteger(-1);
  private final Map<String, Integer> inboundOf = new ConcurrentHashMap<>();
  private final RateLimit upkeep = new RateLimit(UPKEEP_PER_SECOND, UPKEEP_BURST);
  private final CountDownLatch identified = new CountDownLatch(1);
  private volatile long usedAt = openedAt;
  private volatile boolean ended;

  /**
   * @param address of the other side, without the peer id
   */
  Connection(PeerId peer, PeerInfo.Direction direction, Multiaddr address, Muxer muxer) {
    this.peer = peer;
    this.direction = direction;
    this.address = address;
    this.muxer = muxer;
  }

  PeerId peer() {
    return peer;
  }

  PeerInfo.Direction direction() {
    return direction;
  }

  Multiaddr address() {
    return address;
  }

  Instant since() {
    return since;
  }

  long bytesIn() {
    return muxer.bytesIn();
  }

  long bytesOut() {
    return muxer.bytesOut();
  }

  /** What the peer did wrong; empty unless the connection was cut for that. */
  Optional<FaultException> fault() {
    return muxer.fault();
  }

  Optional<Duration> roundTrip() {
    return muxer.roundTrip();
  }

  /** How long it has been open. */
  Duration age() {
    return Duration.ofNanos(System.nanoTime() - openedAt);
  }

  /** How long it has had no stream but those of identify and ping; zero while it has one. */
  Duration idle() {
    return busy() ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - usedAt);
  }

  /** Whether streams are open other than those of identify and ping. */
  boolean busy() {
    return streams.get() > 0;
  }

  /** Says that a stream is in use from now on. */
  void streamStarted() {
    streams.incrementAndGet();
    usedAt = System.nanoTime();
  }

  void streamEnded() {
    usedAt = System.nanoTime();
    streams.decrementAndGet();
  }

  /** Streams that the peer has open; the owner of {@link #accept} counts them here. */
  AtomicInteger inboundStreams() {
    return inboundStreams;
  }

  /** Counts an inbound stream of a protocol, where the peer has fewer than {@code max} of them. */
  boolean enter(String protocol, int max) {
    int count = inboundOf.merge(protocol, 1, Integer::sum);
    if (count > max) {
      leave(protocol);
    }
    return count <= max;
  }

  /** Whether the peer may open one more stream for upkeep; each call counts as one. */
  boolean allowsUpkeep() {
    return upkeep.tryTake();
  }

  /** Ends what {@link #enter} began. */
  void leave(String protocol) {
    inboundOf.computeIfPresent(protocol, (_, count) -> count == 1 ? null : count - 1);
  }

  MuxedStream open(Duration timeout) throws IOException, InterruptedException {
    try {
      return muxer.open(timeout);
    } catch (SocketTimeoutException e) {
      throw e;
    } catch (IOException e) {
      ended = true;
      throw e;
    }
  }

  /** Whether it was found to be of no more use. */
  boolean hasEnded() {
    return ended;
  }

  /** The next stream that the peer opened; empty once the connection has ended. */
  Optional<MuxedStream> accept() throws InterruptedException {
    return muxer.accept();
  }

  /** Which state of ours the peer was told last; see {@link Identify}. */
  AtomicInteger toldRevision() {
    return toldRevision;
  }

  /** Says that identify is done with, whatever came of it. */
  void identified() {
    identified.countDown();
  }

  boolean isIdentified() {
    return identified.getCount() == 0;
  }

  /** Waits until identify is done with. */
  void awaitIdentified(Duration timeout) throws InterruptedException {
    // What is not known by then does without: nobody's work depends on identify.
    boolean ignored = identified.await(timeout.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public void close() {
    identified();
    muxer.close();
  }
}
