package spindrift.p2p;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Comparator;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import spindrift.base.FaultException;
import spindrift.base.ProtocolViolationException;

/**
 * Many streams over one connection, as the Yamux protocol has it. One thread reads the channel, one
 * writes it, one watches; all are virtual. Safe for use by several threads.
 */
final class Yamux implements Muxer {
  /** Streams that we open before the other side has acknowledged any: js-yamux takes no more. */
  static final int MOST_UNACKNOWLEDGED = 10;

  /** Streams of the other side that nobody has accepted yet: the specification's figure. */
  static final int BACKLOG = 256;

  /**
   * Pings that are answered at once, and how many more each second. Peers ping every 30 seconds.
   */
  private static final int PING_BURST = 256;

  private static final int PINGS_PER_SECOND = 10;

  /** Streams that are refused before the connection is cut, and how many more each second. */
  private static final int REFUSAL_BURST = 1024;

  private static final int REFUSALS_PER_SECOND = 10;

  /** Bytes of frames that may still come for a stream that has ended, besides its window. */
  private static final int LATE_FRAMES = 64 * YamuxFrame.HEAD;

  /** How long the other side may keep a stream open that this side has closed. */
  private static final long LINGER = TimeUnit.SECONDS.toNanos(60);

  /** How long a connection may take to send its last frames. */
  private static final Duration FAREWELL = Duration.ofSeconds(1);

  private final SecureChannel channel;
  private final YamuxSide side;
  private final YamuxSettings settings;
  private final MemoryBudget.Account memory;
  private final YamuxReader reader;
  private final YamuxWriter writer;
  private final YamuxHeartbeat heartbeat;
  private final Thread writing;
  private final Thread watching;

  private final ConcurrentHashMap<Integer, YamuxStream> streams = new ConcurrentHashMap<>();
  private final BlockingQueue<Optional<YamuxStream>> arrivals = new LinkedBlockingQueue<>();
  private final Semaphore unacknowledged = new Semaphore(MOST_UNACKNOWLEDGED);
  private final AtomicInteger theirs = new AtomicInteger();
  private final AtomicReference<@Nullable IOException> ended = new AtomicReference<>();
  private final AtomicLong lateBytes = new AtomicLong(LATE_FRAMES);
  private final Object opening = new Object();
  private volatile long nextStream;
  private volatile boolean leaving;
  private volatile @Nullable FaultException fault;

  // Used by the thread that reads.
  private final RateLimit pings = new RateLimit(PINGS_PER_SECOND, PING_BURST);
  private final RateLimit refusals = new RateLimit(REFUSALS_PER_SECOND, REFUSAL_BURST);
  private long lastOfTheirs;

  private Yamux(SecureChannel channel, YamuxSide side, YamuxSettings settings) {
    this.channel = channel;
    this.side = side;
    this.settings = settings;
    memory = settings.memory().open(this::shed);
    nextStream = side.firstStream();
    reader = new YamuxReader(channel, this);
    writer = new YamuxWriter(channel, settings.upload(), this::broken);
    heartbeat = new YamuxHeartbeat(writer, settings.pingEvery(), settings.patience());
    writing = Thread.ofVirtual().name("yamux-write").unstarted(writer);
    watching = Thread.ofVirtual().name("yamux-watch").unstarted(this::watch);
  }

  /** Takes over a channel on which both sides have agreed to speak Yamux. */
  static Yamux start(SecureChannel channel, YamuxSide side, YamuxSettings settings) {
    Yamux yamux = new Yamux(channel, side, settings);
    yamux.writing.start();
    yamux.watching.start();
    Thread.ofVirtual().name("yamux-read").start(yamux::read);
    return yamux;
  }

  @Override
  public MuxedStream open(Duration timeout) throws IOException, InterruptedException {
    if (!unacknowledged.tryAcquire(timeout.toNanos(), TimeUnit.NANOSECONDS)) {
      throw new SocketTimeoutException("the other side acknowledges no streams");
    }
    YamuxStream stream;
    synchronized (opening) {
      long number = nextStream;
      if (leaving || ended.get() != null || number > 0xffff_ffffL) {
        unacknowledged.release();
        throw new IOException("no more streams on this connection", ended.get());
      }
      stream = new YamuxStream(this, writer, (int) number, memory);
      streams.put(stream.id(), stream);
      nextStream = number + 2;
      writer.overtake(YamuxFrame.WINDOW_UPDATE, YamuxFrame.SYN, stream.id(), 0);
    }
    failIfEnded(stream);
    return stream;
  }

  @Override
  public Optional<MuxedStream> accept() throws InterruptedException {
    while (true) {
      Optional<YamuxStream> next = arrivals.take();
      if (next.isEmpty()) {
        arrivals.add(next);
        return Optional.empty();
      }
      YamuxStream stream = next.get();
      if (streams.get(stream.id()) == stream) {
        writer.overtake(YamuxFrame.WINDOW_UPDATE, YamuxFrame.ACK, stream.id(), 0);
        return Optional.of(stream);
      }
    }
  }

  @Override
  public Optional<Duration> roundTrip() {
    long nanos = heartbeat.roundTripNanos();
    return nanos == 0 ? Optional.empty() : Optional.of(Duration.ofNanos(nanos));
  }

  /** Why the connection has ended; empty while it has not. */
  Optional<IOException> end() {
    return Optional.ofNullable(ended.get());
  }

  /** How many streams are open. */
  int streams() {
    return streams.size();
  }

  long roundTripNanos() {
    return heartbeat.roundTripNanos();
  }

  @Override
  public Optional<FaultException> fault() {
    return Optional.ofNullable(fault);
  }

  @Override
  public long bytesIn() {
    return reader.bytesIn();
  }

  @Override
  public long bytesOut() {
    return writer.bytesOut();
  }

  @Override
  public void close() {
    end(new IOException("the connection is closed"), writer::finish);
  }

  private void broken(IOException cause) {
    end(cause, channel::close);
  }

  private void end(IOException cause, Runnable farewell) {
    if (!ended.compareAndSet(null, cause)) {
      return;
    }
    farewell.run();
    writer.finish();
    streams.values().forEach(stream -> stream.failed(cause));
    unacknowledged.release(Short.MAX_VALUE);
    arrivals.add(Optional.empty());
    memory.close();
    LockSupport.unpark(watching);
  }

  private void failIfEnded(YamuxStream stream) {
    IOException cause = ended.get();
    if (cause != null) {
      stream.failed(cause);
    }
  }

  private void read() {
    try {
      boolean more = true;
      while (more && ended.get() == null) {
        more = reader.frame();
      }
      broken(new IOException("the other side ended the connection"));
    } catch (FaultException e) {
      fault = e;
      end(new IOException(e.getMessage(), e), writer::accuse);
    } catch (IOException e) {
      broken(e);
    } catch (RuntimeException | Error e) {
      broken(new IOException("a mistake in Yamux", e));
      throw e;
    }
  }

  private void watch() {
    try {
      while (ended.get() == null) {
        heartbeat.beat(reader.bytesIn());
        tidy();
      }
      boolean ignored = writing.join(FAREWELL);
    } catch (IOException e) {
      broken(e);
    } catch (InterruptedException e) {
      broken(new IOException("interrupted", e));
    } finally {
      channel.close();
    }
  }

  private void tidy() {
    writer.trim();
    for (YamuxStream stream : streams.values()) {
      stream.incoming().trim();
      if (stream.lingers(LINGER)) {
        stream.reset(YamuxFrame.NO_REASON, "the other side did not close the stream");
      }
    }
  }

  /** Another connection needs memory more than the stream that holds most of it here. */
  private void shed() {
    streams.values().stream()
        .max(Comparator.comparingLong(stream -> stream.incoming().charged()))
        .ifPresent(stream -> stream.reset(YamuxFrame.RESOURCE_LIMIT, "memory is short"));
  }

  /** A stream has ended on both sides; false if that was known. */
  boolean forget(YamuxStream stream) {
    if (!streams.remove(stream.id(), stream)) {
      return false;
    }
    lateBytes.addAndGet(stream.incoming().credit() + LATE_FRAMES);
    if (!side.numbers(stream.id())) {
      theirs.decrementAndGet();
    } else if (stream.acknowledge()) {
      unacknowledged.release();
    }
    endIfLeft();
    return true;
  }

  private void endIfLeft() {
    if (leaving && streams.isEmpty()) {
      end(new IOException("the other side has left"), writer::finish);
    }
  }

  // What came in; called by the thread that reads.

  /**
   * The stream of a frame, a new one if the frame opens it; null where the frame is to be ignored.
   */
  @Nullable YamuxStream find(int flags, int number, long payload)
      throws ProtocolViolationException {
    if (number == YamuxFrame.CONNECTION) {
      throw YamuxReader.violation("payload outside of a stream");
    }
    if ((flags & YamuxFrame.SYN) != 0) {
      arrived(number);
    }
    YamuxStream stream = streams.get(number);
    if (stream == null) {
      ignore(number, payload);
      return null;
    }
    if (side.numbers(number) && stream.acknowledge()) {
      unacknowledged.release();
    }
    return stream;
  }

  private void arrived(int number) throws ProtocolViolationException {
    if (side.numbers(number)) {
      throw YamuxReader.violation("a new stream with a number of the other side");
    }
    if (streams.containsKey(number)) {
      throw YamuxReader.violation("a new stream with the number of another");
    }
    lastOfTheirs = Math.max(lastOfTheirs, Integer.toUnsignedLong(number));
    if (leaving || theirs.get() >= settings.maxStreams() || arrivals.size() >= BACKLOG) {
      if (!refusals.tryTake()) {
        throw YamuxReader.violation("a flood of streams");
      }
      lateBytes.addAndGet(YamuxFrame.INITIAL_WINDOW + LATE_FRAMES);
      writer.overtake(YamuxFrame.WINDOW_UPDATE, YamuxFrame.RST, number, YamuxFrame.RESOURCE_LIMIT);
      return;
    }
    YamuxStream stream = new YamuxStream(this, writer, number, memory);
    theirs.incrementAndGet();
    streams.put(number, stream);
    arrivals.add(Optional.of(stream));
    failIfEnded(stream);
  }

  /** Frames may be under way for a stream that this side has ended; not for one that never was. */
  private void ignore(int number, long payload) throws ProtocolViolationException {
    long last = side.numbers(number) ? nextStream - 1 : lastOfTheirs;
    if (Integer.toUnsignedLong(number) > last) {
      throw YamuxReader.violation("a frame of a stream that was not opened");
    }
    if (lateBytes.addAndGet(-YamuxFrame.HEAD - payload) < 0) {
      throw YamuxReader.violation("a flood of frames of streams that have ended");
    }
  }

  void windowUpdate(int flags, int number, long length) throws ProtocolViolationException {
    YamuxStream stream = find(flags, number, 0);
    if (stream == null) {
      return;
    }
    if ((flags & YamuxFrame.RST) != 0) {
      stream.failed(new IOException("the other side reset the stream, reason " + length));
      return;
    }
    if (length > 0) {
      stream.granted(length);
    }
    received(stream, flags);
  }

  /** A frame has been taken in; its flags say what else it means. */
  void received(YamuxStream stream, int flags) {
    if ((flags & YamuxFrame.RST) != 0) {
      stream.failed(new IOException("the other side reset the stream"));
    } else if ((flags & YamuxFrame.FIN) != 0) {
      stream.finished();
    } else {
      stream.resetIfStalled();
    }
  }

  void ping(int flags, int value) throws ProtocolViolationException {
    if ((flags & YamuxFrame.ACK) != 0) {
      heartbeat.answered(value);
    } else if (pings.tryTake()) {
      writer.overtake(YamuxFrame.PING, YamuxFrame.ACK, YamuxFrame.CONNECTION, value);
    } else {
      throw YamuxReader.violation("a flood of pings");
    }
  }

  void goAway(long reason) throws IOException {
    if (reason != YamuxFrame.NORMAL) {
      throw new IOException("the other side left because of an error, reason " + reason);
    }
    leaving = true;
    endIfLeft();
  }
}
