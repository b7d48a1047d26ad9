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
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;
import spindrift.nix.NarInfo;
import spindrift.substitute.SourceFinder.Need;

/**
 * A NAR for a client who checks its hash himself: what peers have goes to him as it comes, and is
 * neither held nor hashed here; what lies in files here comes as ranges of them. Where no peer has
 * it, or that one fails, the rest comes as any other NAR.
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
      RunningTransfer transfer = assemblies.supply().transfers().begin(info.path(), to);
      Transfer.State state = Transfer.State.FAILED;
      try {
        at = new Passage(target, transfer).run();
        state = at == to ? Transfer.State.DONE : state;
      } finally {
        assemblies.supply().transfers().end(transfer, state);
      }
    }
    if (at < to) {
      new AssembledNar(info, assemblies).writeTo(target, at, to);
    }
  }

  /** The bytes of one source on their way to the client. */
  private final class Passage implements Lane.Sink {
    private final ByteTarget target;
    private final RunningTransfer transfer;
    private final SourceChoice choice;
    private final BlockingQueue<Lane> ended = new LinkedBlockingQueue<>();

    /** Held while the client takes something, so that nobody else writes to him meanwhile. */
    private final ReentrantLock writing = new ReentrantLock();

    private long position;
    private Optional<IOException> targetFailure = Optional.empty();

    Passage(ByteTarget target, RunningTransfer transfer) {
      this.target = target;
      this.transfer = transfer;
      this.choice = assemblies.choice(info, transfer);
    }

    /** Returns how far it came; the source that was used brings no more then. */
    long run() throws IOException, AbsentException {
      NarSource source = choice.next(Need.WHOLE);
      if (!(source instanceof ViewSource) || !Need.REST.allows(source.trust())) {
        return 0;
      }
      Lane lane = Lane.start(source, settings.stall(), 0, info.narSize(), this, ended);
      try {
        await(lane);
      } finally {
        lane.close();
      }
      writing.lock();
      try {
        if (targetFailure.isPresent()) {
          throw targetFailure.get();
        }
        lane.failure().ifPresent(why -> lost(source, why));
        return position;
      } finally {
        writing.unlock();
      }
    }

    private void await(Lane lane) throws InterruptedIOException {
      try {
        while (ended.poll(settings.tick().toNanos(), TimeUnit.NANOSECONDS) == null) {
          if (lane.isDead()
              || (lane.isBehind()
                  && choice.another(Need.REST, List.of(lane.source())).isPresent())) {
            return;
          }
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while a source was awaited");
      }
    }

    private void lost(NarSource source, Exception why) {
      transfer.failedOver(source.name(), String.valueOf(why.getMessage()));
      if (source instanceof ViewSource view
          && (why instanceof MalformedDataException || why instanceof LimitExceededException)) {
        assemblies.supply().judge().refute(info, view.origin().cid(), view.peers());
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
        step.run();
        position += length;
        transfer.gave(length);
      } catch (IOException e) {
        if (!lane.isClosed()) {
          targetFailure = Optional.of(e);
        }
        throw e;
      } finally {
        writing.unlock();
      }
    }
  }
}
