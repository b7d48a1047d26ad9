package spindrift.substitute;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import spindrift.base.AbsentException;
import spindrift.base.FaultException;
import spindrift.base.IntegrityException;
import spindrift.nix.NarInfo;
import spindrift.substitute.SourceFinder.Need;

/**
 * One NAR on its way, for however many clients. Its bytes come from one source after another, each
 * of which goes on where the one before it was; beside one that falls behind a second is tried, and
 * who is ahead stays. The last byte is let go when the hash has come out right.
 */
final class NarAssembly {
  private static final System.Logger LOG = System.getLogger(NarAssembly.class.getName());

  /** Ours: who leads by so much does so not by chance. */
  private static final long LEAD_BYTES = 512 << 10;

  /** Ours: with less, a source that always fails could go on for ever. */
  static final long PROGRESS_BYTES = 64 << 10;

  private final Supply supply;
  private final Places places;
  private final NarInfo info;
  private final NarSpool spool;
  private final AssemblySettings settings;
  private final RunningTransfer transfer;
  private final SourceChoice choice;
  private final NarProof proof;

  private final BlockingQueue<Lane> ended = new LinkedBlockingQueue<>();
  private final CountDownLatch over = new CountDownLatch(1);
  private final ReentrantLock appending = new ReentrantLock();
  private final Set<Origin> origins = new HashSet<>();
  private volatile long position;
  private volatile boolean cancelled;
  private volatile boolean succeeded;
  private volatile List<NarSource> several = List.of();

  // For the thread of the assembly alone.
  private final List<Lane> lanes = new ArrayList<>();
  private long progressAt;
  private boolean isAlone;
  private boolean soughtSeveral;

  /**
   * @param shared as for {@link SourceChoice}
   */
  NarAssembly(
      Supply supply,
      Places places,
      AssemblySettings settings,
      NarInfo info,
      NarSpool spool,
      Optional<IdleSession> shared) {
    this.supply = supply;
    this.places = places;
    this.settings = settings;
    this.info = info;
    this.spool = spool;
    this.transfer = supply.transfers().begin(info.path(), info.narSize());
    this.choice = new SourceChoice(supply, places, info, transfer, shared);
    this.proof = supply.judge().proof(info, spool::append);
  }

  /**
   * Starts; does not wait.
   *
   * @param whenFailed is called before any reader learns of it
   */
  void start(Runnable whenFailed) {
    Thread.ofVirtual().name("assembly").start(() -> run(whenFailed));
  }

  NarSpool spool() {
    return spool;
  }

  NarInfo info() {
    return info;
  }

  /** Waits for its end. */
  void awaitEnd() throws InterruptedException {
    over.await();
  }

  /** Whether it has ended, and not well. */
  boolean isFailed() {
    return over.getCount() == 0 && !succeeded;
  }

  /** Gives it up; whoever reads is cut. */
  void cancel() {
    cancelled = true;
    spool.close();
  }

  /** As {@link #cancel}, but a later start of the node may go on with what has come. */
  void suspend() {
    cancelled = true;
    spool.suspend();
  }

  private void run(Runnable whenFailed) {
    try {
      assemble();
      supply.judge().judge(info, proof, origins(), transfer.localBytes(), places.infos());
      succeeded = true;
      supply.transfers().end(transfer, Transfer.State.DONE);
      spool.end();
    } catch (IOException | FaultException e) {
      LOG.log(Level.DEBUG, "lost nar path={0} why={1}", info.path(), e.getMessage());
      failed(e, whenFailed);
    } catch (RuntimeException e) {
      LOG.log(Level.ERROR, "an assembly crashed", e);
      failed(e, whenFailed);
    } finally {
      lanes.forEach(Lane::close);
      over.countDown();
    }
  }

  private void failed(Exception why, Runnable whenFailed) {
    whenFailed.run();
    supply.transfers().end(transfer, Transfer.State.FAILED);
    spool.fail(why);
  }

  private void assemble() throws IOException, FaultException {
    spool.left().ifPresent(file -> begin(new LeftSource(file, transfer)));
    while (!isWhole()) {
      if (cancelled) {
        throw new InterruptedIOException("nobody wants this NAR any more");
      }
      if (lanes.isEmpty()) {
        begin(choice.next(position == 0 ? Need.WHOLE : Need.REST));
      }
      Lane one = nextEnded();
      if (one != null) {
        over(one);
      } else if (!isWhole()) {
        watch();
      }
    }
  }

  private Set<Origin> origins() {
    appending.lock();
    try {
      return Set.copyOf(origins);
    } finally {
      appending.unlock();
    }
  }

  private boolean isWhole() {
    return position == info.narSize();
  }

  private void begin(NarSource source) {
    if (!Need.REST.allows(source.trust())) {
      isAlone = true;
    }
    lanes.add(Lane.start(source, settings.stall(), position, info.narSize(), this::take, ended));
  }

  @org.jspecify.annotations.Nullable
  private Lane nextEnded() throws InterruptedIOException {
    try {
      return ended.poll(settings.tick().toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while sources were awaited");
    }
  }

  /** Takes what nobody brought before. */
  private void take(Lane lane, long offset, byte[] buffer, int from, int length)
      throws IOException {
    appending.lock();
    try {
      if (lane.isClosed()) {
        throw new IOException("another source was quicker");
      }
      int known = (int) Math.min(position - offset, length);
      if (known == length) {
        return;
      }
      lane.source().members().forEach(source -> origins.add(source.origin()));
      proof.write(buffer, from + known, length - known);
      transfer.gave(length - known);
      position = offset + length;
    } finally {
      appending.unlock();
    }
  }

  private void over(Lane lane) throws FaultException, IOException {
    lanes.remove(lane);
    Optional<Exception> failure = lane.failure();
    if (failure.isEmpty() || lane.isClosed() || cancelled) {
      return;
    }
    Exception why = failure.get();
    NarSource source = lane.source();
    LOG.log(
        Level.DEBUG,
        "lost source path={0} source={1} at={2} why={3}",
        info.path(),
        source.name(),
        position,
        why.getMessage());
    noteProgress();
    choice.failed(source);
    if (source.members().size() == 1) {
      choice.lost(source, why); // of several each was told of
    }
    if (isAlone && position > 0) {
      // Nobody goes on after it, or it would not be clear again who was wrong.
      supply.judge().doubt(info, source.origin());
      throw new AbsentException("the only source failed: " + why.getMessage());
    }
    isAlone = false;
  }

  private void noteProgress() {
    if (position - progressAt >= PROGRESS_BYTES) {
      progressAt = position;
      choice.succeeded();
    }
  }

  /** Looks how the sources do. */
  private void watch() throws InterruptedIOException {
    if (isAlone) {
      return;
    }
    if (lanes.size() == 1) {
      Lane only = lanes.getFirst();
      if (only.isBehind()) {
        hedge(only);
      }
      if (only.isDead()) {
        lose(only, "silent");
      } else {
        split(only);
      }
      return;
    }
    Lane one = lanes.getFirst();
    Lane other = lanes.getLast();
    if (Math.abs(one.offset() - other.offset()) >= LEAD_BYTES) {
      leaveSlower(one.offset() < other.offset() ? one : other);
    } else if (one.isSilent() && other.isSilent()) {
      lose(one, "silent");
    }
  }

  private void hedge(Lane behind) throws InterruptedIOException {
    Optional<NarSource> second = choice.another(Need.REST, List.of(behind.source()));
    if (second.isPresent()) {
      LOG.log(
          Level.DEBUG,
          "hedge path={0} behind={1} with={2} at={3}",
          info.path(),
          behind.source().name(),
          second.get().name(),
          position);
      begin(second.get());
    }
  }

  /** Has a large NAR come from several upstreams, once it is clear that it takes its time. */
  private void split(Lane only) {
    if (info.narSize() - position < PiecedSource.LEAST_BYTES
        || !(only.source() instanceof UpstreamSource upstream)) {
      return;
    }
    List<NarSource> found = several;
    if (!found.isEmpty()) {
      several = List.of();
      if (found.getFirst().name().equals(upstream.name())) {
        supply
            .windows()
            .leaseNow(WindowBudget.WINDOW_BYTES)
            .ifPresent(window -> split(only, found, window));
      }
    } else if (!soughtSeveral && upstream.isSeekable() && only.offset() > 0) {
      soughtSeveral = true;
      choice.findSeveral(upstream, sources -> several = sources);
    }
  }

  private void split(Lane only, List<NarSource> several, WindowBudget.Lease window) {
    LOG.log(
        Level.DEBUG, "split path={0} sources={1} at={2}", info.path(), several.size(), position);
    leave(only);
    begin(new PiecedSource(several, window, choice::lost));
  }

  private void lose(Lane lane, String why) {
    leave(lane);
    choice.failed(lane.source());
    lane.source().members().forEach(source -> choice.lost(source, new IOException(why)));
  }

  /** Who is slower than another does nothing wrong. */
  private void leaveSlower(Lane lane) {
    leave(lane);
    choice.failed(lane.source());
    transfer.failedOver(lane.source().name(), "slower than another");
  }

  private void leave(Lane lane) {
    lanes.remove(lane);
    lane.close();
    noteProgress();
  }

  /** Fails with what is wrong with a NAR, as far as a reader needs to know. */
  static FaultException faultOf(Throwable why) {
    return why instanceof IntegrityException fault
        ? fault
        : new AbsentException(String.valueOf(why.getMessage()));
  }
}
