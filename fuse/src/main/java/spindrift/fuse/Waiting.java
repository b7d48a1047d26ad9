package spindrift.fuse;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The requests that are worked on by virtual threads, each until it is answered, interrupted or out
 * of time. How many there are is bounded by the kernel: one for each thread that waits, and {@link
 * Replies#MAX_BACKGROUND} for read-ahead.
 */
final class Waiting implements AutoCloseable {
  private static final Logger LOG = System.getLogger("spindrift.fuse");

  /** A person who wants to stop a program does not notice. */
  private static final int LOOK_AGAIN_MILLIS = 100;

  private final Device device;
  private final ConcurrentHashMap<Long, Work<?>> works = new ConcurrentHashMap<>();
  private final ScheduledThreadPoolExecutor clock;

  Waiting(Device device) {
    this.device = device;
    this.clock =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("fuse-deadlines").factory());
    clock.setRemoveOnCancelPolicy(true);
  }

  /** Puts a value into an answer. */
  interface Reply<T> {
    void send(Workspace workspace, T value) throws Exception;
  }

  /** Begins work on a request for which a thread waits. */
  <T> void begin(Request request, int asker, Answer.Later<T> answer, Reply<T> reply) {
    Work<T> work = new Work<>(request, asker, answer, reply);
    works.put(request.unique(), work);
    work.start(answer.deadline());
  }

  /**
   * Gives up a request with EINTR when its thread has been told to stop; answers whether it was
   * worked on.
   */
  boolean interrupt(long unique) {
    Work<?> work = works.get(unique);
    if (work == null) {
      return false;
    }
    work.interrupt();
    return true;
  }

  /** Gives up everything, when all readers have ended: there is nobody left to answer to. */
  @Override
  public void close() {
    works.values().forEach(work -> work.cancel(Errno.ENODEV));
    clock.shutdownNow();
  }

  /** What belongs to a request and will not be used goes back. */
  private static void drop(@Nullable Object value) {
    if (value instanceof Content content) {
      content.release().run();
    }
  }

  /** How far a request is. */
  private enum State {
    WORKING,
    /** Files may still be read, on a thread that nobody interrupts any more. */
    ANSWERING,
    OVER
  }

  /** One request on its virtual thread. Whoever takes it out of {@code WORKING} answers it. */
  private final class Work<T> implements Runnable {
    private final Request request;
    private final int asker;
    private final Answer.Later<T> answer;
    private final Reply<T> reply;
    private final Thread thread;
    private final AtomicReference<@Nullable Future<?>> alarm = new AtomicReference<>();
    private State state = State.WORKING;

    Work(Request request, int asker, Answer.Later<T> answer, Reply<T> reply) {
      this.request = request;
      this.asker = asker;
      this.answer = answer;
      this.reply = reply;
      this.thread = Thread.ofVirtual().name("fuse-work").unstarted(this);
    }

    void start(Duration deadline) {
      thread.start();
      alarm.set(clock.schedule(this::expire, nanos(deadline), TimeUnit.NANOSECONDS));
      if (isOver()) {
        silence();
      }
    }

    @Override
    public void run() {
      T value;
      try {
        value = answer.work().call();
      } catch (Throwable e) {
        if (take()) {
          answer((workspace, nothing) -> device.sendFailure(workspace.out(), request, e), null);
        }
        return;
      }
      if (take()) {
        answer(reply, value);
      } else {
        drop(value);
      }
    }

    /** From here on nobody interrupts this thread: files that others read too may be read. */
    private <V extends @Nullable Object> void answer(Reply<V> how, V value) {
      try {
        answerBorrowing(how, value);
      } finally {
        end();
      }
    }

    private void end() {
      synchronized (this) {
        state = State.OVER;
      }
      silence();
      works.remove(request.unique(), this);
    }

    private <V extends @Nullable Object> void answerBorrowing(Reply<V> how, V value) {
      Workspace workspace = device.borrow();
      try {
        how.send(workspace, value);
      } catch (Throwable e) {
        device.sendFailure(workspace.out(), request, e);
      } finally {
        device.giveBack(workspace);
      }
    }

    private void expire() {
      if (cancel(Errno.EIO)) {
        LOG.log(
            Level.WARNING,
            "failed op={0} node={1} errno=EIO cause=no answer within {2}",
            Device.name(request),
            request.node(),
            answer.deadline());
      }
    }

    /** The kernel says so only once: whether a later signal means "stop" we have to look. */
    void interrupt() {
      if (isOver()) {
        return;
      }
      if (Signals.wantStop(asker)) {
        cancel(Errno.EINTR);
      } else {
        Future<?> _ = clock.schedule(this::interrupt, LOOK_AGAIN_MILLIS, TimeUnit.MILLISECONDS);
      }
    }

    /**
     * Answers with an error and interrupts the work; false when it was answered already. One that
     * still reads a file is left alone: the kernel wants its answer no more.
     */
    boolean cancel(Errno error) {
      synchronized (this) {
        if (state == State.OVER) {
          return false;
        }
        if (state == State.WORKING) {
          thread.interrupt();
        }
        state = State.OVER;
      }
      silence();
      device.sendErrorAtOnce(request.unique(), error);
      works.remove(request.unique(), this);
      return true;
    }

    private synchronized boolean take() {
      if (state != State.WORKING) {
        return false;
      }
      state = State.ANSWERING;
      // A request that the work itself may have left behind.
      Thread.interrupted();
      return true;
    }

    private synchronized boolean isOver() {
      return state == State.OVER;
    }

    private void silence() {
      Future<?> set = alarm.getAndSet(null);
      if (set != null) {
        set.cancel(false);
      }
    }
  }

  private static long nanos(Duration duration) {
    return TimeUnit.NANOSECONDS.convert(duration);
  }
}
