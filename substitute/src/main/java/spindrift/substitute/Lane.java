package spindrift.substitute;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import spindrift.base.ByteTarget;
import spindrift.base.FaultException;
import spindrift.base.FileRange;

/**
 * One source at work for an assembly, on a thread of its own. Tells how it does against what is
 * usual with it.
 */
final class Lane implements ByteTarget {
  /** Ours: no source needs longer for something, be it as slow as it may. */
  private static final int MOST_STALLS = 8;

  /** Ours: a source is silent when it has not sent for as long as this usually takes it. */
  private static final long USUAL_BYTES = 512 << 10;

  /** Ours: below this part of the usual rate a source is slow. */
  private static final int SLOW_DIVISOR = 3;

  private static final long SPAN_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final NarSource source;
  private final long stallNanos;
  private final Sink sink;
  private final BlockingQueue<Lane> ended;
  private final long from;
  private final long to;
  private long offset;
  private long waitsSince;
  private boolean waits = true;
  private long waitedNanos;
  private Mark mark;
  private Mark markBefore;
  private boolean closed;
  private Optional<Exception> failure = Optional.empty();

  private record Mark(long waitedNanos, long offset) {}

  /** Where bytes go. */
  @FunctionalInterface
  interface Sink {
    void take(Lane lane, long offset, byte[] buffer, int from, int length) throws IOException;

    /** As {@link ByteTarget#takesRanges}. */
    default boolean takesRanges() {
      return false;
    }

    /** Takes a range of a file in place of bytes. */
    default void take(Lane lane, long offset, FileRange range) throws IOException {
      throw new UnsupportedOperationException("bytes are wanted");
    }
  }

  private Lane(
      NarSource source, Duration stall, long from, long to, Sink sink, BlockingQueue<Lane> ended) {
    this.source = source;
    this.stallNanos = stall.toNanos();
    this.sink = sink;
    this.ended = ended;
    this.from = from;
    this.to = to;
    this.offset = from;
    this.waitsSince = System.nanoTime();
    this.mark = new Mark(0, from);
    this.markBefore = mark;
  }

  /** Starts one, which is put among those that ended when it has. */
  static Lane start(
      NarSource source, Duration stall, long from, long to, Sink sink, BlockingQueue<Lane> ended) {
    Lane lane = new Lane(source, stall, from, to, sink, ended);
    Thread.ofVirtual().name("source " + source.name()).start(lane::run);
    return lane;
  }

  private void run() {
    try {
      source.deliver(this, from, to);
    } catch (IOException | FaultException | RuntimeException e) {
      failed(e);
    } finally {
      ended.add(this);
    }
  }

  private synchronized void failed(Exception why) {
    failure = Optional.of(why);
  }

  @Override
  public void write(byte[] buffer, int start, int length) throws IOException {
    sink.take(this, taken(), buffer, start, length);
    passed(length);
  }

  @Override
  public boolean takesRanges() {
    return sink.takesRanges();
  }

  @Override
  public void range(FileRange range) throws IOException {
    sink.take(this, taken(), range);
    passed(range.length());
  }

  private synchronized long taken() {
    waits = false;
    waitedNanos += System.nanoTime() - waitsSince;
    return offset;
  }

  private synchronized void passed(long length) {
    offset += length;
    waits = true;
    waitsSince = System.nanoTime();
    if (waitedNanos - mark.waitedNanos > SPAN_NANOS) {
      markBefore = mark;
      mark = new Mark(waitedNanos, offset);
    }
  }

  NarSource source() {
    return source;
  }

  /** Up to where it has come. */
  synchronized long offset() {
    return offset;
  }

  synchronized Optional<Exception> failure() {
    return failure;
  }

  synchronized boolean isClosed() {
    return closed;
  }

  /** Whether it sends nothing, or far less than is usual with it. */
  synchronized boolean isBehind() {
    if (isSilent()) {
      return true;
    }
    OptionalLong usual = source.usualRate();
    long waited = waitedNanos + silentNanos() - markBefore.waitedNanos;
    return usual.isPresent()
        && waited > SPAN_NANOS
        && (offset - markBefore.offset) / (waited / 1e9)
            < usual.getAsLong() / (double) SLOW_DIVISOR;
  }

  /** Whether nothing has come for longer than is usual with it. */
  synchronized boolean isSilent() {
    OptionalLong usual = source.usualRate();
    long patience = stallNanos;
    if (usual.isPresent()) {
      double seconds = USUAL_BYTES / (double) Math.max(usual.getAsLong(), 1);
      patience = Math.clamp((long) (seconds * 1e9), stallNanos, MOST_STALLS * stallNanos);
    }
    return silentNanos() > patience;
  }

  /** Whether it has been silent for so long that it will not be waited for. */
  synchronized boolean isDead() {
    return silentNanos() > 2 * MOST_STALLS * stallNanos;
  }

  private long silentNanos() {
    return waits ? System.nanoTime() - waitsSince : 0;
  }

  /** Takes no more from it. */
  void close() {
    synchronized (this) {
      closed = true;
    }
    source.abort();
  }
}
