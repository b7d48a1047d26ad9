package spindrift.substitute;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import spindrift.nix.StorePath;

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
  private final Map<String, Transfer.Source> earlier = new LinkedHashMap<>();
  private final Set<Meter> open = new LinkedHashSet<>();
  private final List<String> failOvers = new ArrayList<>();
  private int failOverCount;

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

  /** Tells what came from where since it is used. Does not change once it is used no more. */
  interface Meter {
    List<Transfer.Source> sources();
  }

  /** Bytes come from here from now on, too. */
  synchronized void uses(Meter begun) {
    open.add(begun);
  }

  /** To be called while the meter can still be read. */
  synchronized void usedEnough(Meter used) {
    if (open.remove(used)) {
      used.sources().forEach(source -> add(earlier, source));
    }
  }

  /** Notes that a source was replaced. */
  synchronized void failedOver(String source, String why) {
    failOverCount++;
    if (failOvers.size() < Transfer.MAX_REASONS) {
      failOvers.add(source + ": " + why);
    }
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
        failOverCount,
        failOvers);
  }

  private List<Transfer.Source> sources() {
    Map<String, Transfer.Source> all = new LinkedHashMap<>(earlier);
    open.forEach(meter -> meter.sources().forEach(source -> add(all, source)));
    return List.copyOf(all.values());
  }

  private static void add(Map<String, Transfer.Source> sources, Transfer.Source source) {
    sources.merge(
        source.name(),
        source,
        (before, now) ->
            new Transfer.Source(now.name(), before.bytes() + now.bytes(), now.bytesPerSecond()));
  }
}
