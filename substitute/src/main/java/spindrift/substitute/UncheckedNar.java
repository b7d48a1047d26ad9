package spindrift.substitute;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import spindrift.base.AbsentException;
import spindrift.base.ByteSource;
import spindrift.base.ByteTarget;
import spindrift.base.FaultException;
import spindrift.base.FileRange;
import spindrift.nix.NarInfo;
import spindrift.substitute.SourceFinder.Need;

/**
 * A NAR for a client who checks its hash himself: what peers have goes to him as it comes, and is
 * neither held nor hashed here; what lies in files here comes as ranges of them. Where one fails
 * the next goes on at the same byte. Where no peer has it, it comes as any other NAR, and so does
 * it while too many others pass.
 */
record UncheckedNar(NarInfo info, NarAssemblies assemblies, AssemblySettings settings)
    implements ByteSource {
  @Override
  public long size() {
    return info.narSize();
  }

  @Override
  public void writeTo(ByteTarget target, long from, long to) throws IOException, FaultException {
    long at = from;
    boolean isWhole = from == 0 && to == info.narSize();
    if (isWhole && !assemblies.isRunning(info)) {
      at = pass(target);
    }
    if (at < to) {
      new AssembledNar(info, assemblies).writeTo(target, at, to);
    }
  }

  /** Returns how far it came. */
  private long pass(ByteTarget target) throws IOException, AbsentException {
    TransferLog log = assemblies.supply().transfers();
    Optional<WindowBudget.Lease> window =
        assemblies.supply().windows().leaseForPassage(info.narSize());
    if (window.isEmpty()) {
      return 0;
    }
    RunningTransfer transfer = log.begin(info.path(), info.narSize());
    try (WindowBudget.Lease held = window.get()) {
      long passed = new Passage(target, transfer, held).run();
      if (passed == 0) {
        log.drop(transfer); // what follows is a transfer of its own
      } else if (passed == info.narSize()) {
        log.end(transfer, Transfer.State.DONE);
      }
      return passed;
    } finally {
      log.end(transfer, Transfer.State.FAILED); // unless it has ended
    }
  }

  /** The bytes of one source after another on their way to the client. */
  private final class Passage implements Lane.Sink {
    private final ByteTarget target;
    private final RunningTransfer transfer;
    private final WindowBudget.Lease window;
    private final SourceChoice choice;
    private final BlockingQueue<Lane> ended = new LinkedBlockingQueue<>();

    /** Held while the client takes something, so that nobody else writes to him meanwhile. */
    private final ReentrantLock writing = new ReentrantLock();

    private long position;
    private long progressAt;
    private Optional<IOException> targetFailure = Optional.empty();

    Passage(ByteTarget target, RunningTransfer transfer, WindowBudget.Lease window) {
      this.target = target;
      this.transfer = transfer;
      this.window = window;
      this.choice = assemblies.choice(info, transfer);
    }

    /** Returns how far it came; nobody brings more then. */
    long run() throws IOException, AbsentException {
      NarSource source = choice.next(Need.WHOLE);
      long at = 0;
      while (isPassed(source, at)) {
        at = pass(source, at);
        if (at == info.narSize()) {
          return at;
        }
        try {
          source = choice.next(Need.REST);
        } catch (AbsentException e) {
          return at; // those that may only send all of it are left
        }
      }
      return at;
    }

    /**
     * An upstream is better used for several clients together, but not from the first byte again.
     */
    private boolean isPassed(NarSource source, long at) {
      return Need.REST.allows(source.trust()) && (at > 0 || source instanceof ViewSource);
    }

    /** Returns how far it came; the source brings no more then. */
    private long pass(NarSource source, long from) throws IOException {
      if (source instanceof ViewSource view) {
        view.use(window);
      }
      Lane lane = Lane.start(source, settings.stall(), from, info.narSize(), this, ended);
      Optional<Exception> failure;
      try {
        await(lane);
        failure =
            lane.failure()
                .or(
                    () ->
                        lane.isDead() ? Optional.of(new IOException("silent")) : Optional.empty());
      } finally {
        lane.close();
      }
      writing.lock();
      try {
        if (targetFailure.isPresent()) {
          throw targetFailure.get();
        }
        if (position < info.narSize()) {
          lost(source, failure);
        }
        return position;
      } finally {
        writing.unlock();
      }
    }

    private void await(Lane lane) throws InterruptedIOException {
      try {
        while (true) {
          Lane one = ended.poll(settings.tick().toNanos(), TimeUnit.NANOSECONDS);
          boolean isOver = one == null ? isLeft(lane) : one.equals(lane);
          if (isOver) {
            return;
          }
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while a source was awaited");
      }
    }

    private boolean isLeft(Lane lane) throws InterruptedIOException {
      return lane.isDead()
          || (lane.isBehind()
              && choice
                  .another(Need.REST, List.of(lane.source()))
                  .filter(other -> lane.isSilent() || isWorthIt(other, lane.offset()))
                  .isPresent());
    }

    /** Who sends all that came before again is not taken in place of one who is but slow. */
    private boolean isWorthIt(NarSource other, long at) {
      return other.isSeekable() || at < info.narSize() / 2;
    }

    /**
     * Notes who brought too little.
     *
     * @param failure empty for one that is slow
     */
    private void lost(NarSource source, Optional<Exception> failure) {
      if (position - progressAt >= NarAssembly.PROGRESS_BYTES) {
        progressAt = position;
        choice.succeeded();
      }
      choice.failed(source);
      if (failure.isPresent()) {
        choice.lost(source, failure.get());
      } else {
        transfer.failedOver(source.name(), "it fell behind");
      }
    }

    @Override
    public boolean takesRanges() {
      return target.takesRanges();
    }

    @Override
    public void take(Lane lane, long offset, byte[] buffer, int from, int length)
        throws IOException {
      take(lane, length, () -> target.write(buffer, from, length));
    }

    @Override
    public void take(Lane lane, long offset, FileRange range) throws IOException {
      take(lane, range.length(), () -> target.range(range));
    }

    /** Hands something to the client. */
    @FunctionalInterface
    private interface Step {
      void run() throws IOException;
    }

    private void take(Lane lane, long length, Step step) throws IOException {
      writing.lock();
      try {
        if (lane.isClosed()) {
          throw new IOException("another source goes on");
        }
        hand(step);
        position += length;
        transfer.gave(length);
      } finally {
        writing.unlock();
      }
    }

    private void hand(Step step) throws IOException {
      try {
        step.run();
      } catch (IOException e) {
        targetFailure = Optional.of(e);
        throw e;
      }
    }
  }
}
