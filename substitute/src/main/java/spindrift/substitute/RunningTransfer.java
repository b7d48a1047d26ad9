package spindrift.substitute;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import spindrift.exchange.FetchSession;
import spindrift.nix.StorePath;
import spindrift.p2p.PeerId;

/** A transfer that goes on: one thread counts, others may look. */
final class RunningTransfer {
  /** The rate is that of one to two of these. */
  private static final long SPAN_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final StorePath path;
  private final long narBytes;
  private final Instant started = Instant.now();
  private final long startedNanos = System.nanoTime();
  private long doneBytes;
  private long localBytes;
  private Mark mark = new Mark(startedNanos, 0);
  private Mark markBefore = mark;
  private final Map<PeerId, Transfer.Source> earlier = new HashMap<>();
  private Optional<FetchSession> session = Optional.empty();

  private record Mark(long nanos, long bytes) {}

  RunningTransfer(StorePath path, long narBytes) {
    this.path = path;
    this.narBytes = narBytes;
  }

  /** Counts bytes that the client got. */
  synchronized void gave(long bytes) {
    doneBytes += bytes;
    long now = System.nanoTime();
    if (now - mark.nanos > SPAN_NANOS) {
      markBefore = mark;
      mark = new Mark(now, doneBytes);
    }
  }

  /** Counts bytes that were here. */
  synchronized void hadLocally(long bytes) {
    localBytes += bytes;
  }

  synchronized long localBytes() {
    return localBytes;
  }

  /** Blocks come by this session from now on. */
  synchronized void uses(FetchSession begun) {
    session = Optional.of(begun);
  }

  /** To be called before the session is closed. */
  synchronized void usedEnough() {
    session.ifPresent(ended -> ended.shares().forEach(share -> add(earlier, share)));
    session = Optional.empty();
  }

  /** Counts what a peer sent beside sessions. */
  synchronized void cameFrom(FetchSession.PeerShare share) {
    add(earlier, share);
  }

  synchronized Transfer describe(Transfer.State state) {
    long now = System.nanoTime();
    Mark since = state == Transfer.State.RUNNING ? markBefore : new Mark(startedNanos, 0);
    double seconds = Math.max(now - since.nanos, 1) / 1e9;
    return new Transfer(
        path,
        started,
        state,
        narBytes,
        doneBytes,
        localBytes,
        (long) ((doneBytes - since.bytes) / seconds),
        sources(),
        0,
        List.of());
  }

  private List<Transfer.Source> sources() {
    Map<PeerId, Transfer.Source> all = new HashMap<>(earlier);
    session.ifPresent(open -> open.shares().forEach(share -> add(all, share)));
    return List.copyOf(all.values());
  }

  private static void add(Map<PeerId, Transfer.Source> sources, FetchSession.PeerShare share) {
    sources.merge(
        share.peer(),
        new Transfer.Source(share.peer().toString(), share.bytes(), share.bytesPerSecond()),
        (before, now) ->
            new Transfer.Source(now.name(), before.bytes() + now.bytes(), now.bytesPerSecond()));
  }
}
