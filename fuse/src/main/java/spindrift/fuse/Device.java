package spindrift.fuse;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;

/**
 * An open /dev/fuse on which answers are sent, and the memory to put them together for threads that
 * have none of their own.
 */
final class Device implements AutoCloseable {
  /** Bounds memory (about 1 MiB each), not work: an answer is put together in well under 1 ms. */
  private static final int SHARED_WORKSPACES = 8;

  private static final Logger LOG = System.getLogger("spindrift.fuse");

  private volatile int descriptor;
  private final Outbox errors = new Outbox();
  private final Semaphore shared = new Semaphore(SHARED_WORKSPACES);
  private final ConcurrentLinkedQueue<Workspace> idle = new ConcurrentLinkedQueue<>();

  Device(int descriptor) {
    this.descriptor = descriptor;
  }

  /** The number; -1 once it is closed. Only readers and those who borrowed may use it. */
  int descriptor() {
    return descriptor;
  }

  /**
   * Closes the descriptor, when all readers have ended. Whoever has borrowed is waited for, and who
   * borrows later sends to nobody: the number may soon be that of another file.
   */
  @Override
  public void close() {
    shared.acquireUninterruptibly(SHARED_WORKSPACES);
    synchronized (errors) {
      int old = descriptor;
      descriptor = -1;
      Libc.close(old);
    }
    shared.release(SHARED_WORKSPACES);
  }

  /** Lends the memory to put an answer together; the caller must not be interrupted meanwhile. */
  Workspace borrow() {
    shared.acquireUninterruptibly();
    Workspace kept = idle.poll();
    return kept == null ? new Workspace() : kept;
  }

  void giveBack(Workspace workspace) {
    idle.add(workspace);
    shared.release();
  }

  /** Sends what was put together in answer to a request. */
  void send(Outbox out, Request request) {
    int error = out.send(descriptor, request.unique());
    if (error != 0 && !wasGivenUp(error)) {
      // Such as EFAULT, when a mapped file was cut short.
      sendError(out, request.unique(), Errno.EIO);
      LOG.log(
          Level.WARNING,
          "failed op={0} node={1} errno={2} cause=the kernel refused the answer",
          name(request),
          request.node(),
          Errno.name(-error));
    }
  }

  /** Sends an error for a thread that has no memory and must not wait for any. */
  void sendErrorAtOnce(long unique, Errno error) {
    synchronized (errors) {
      sendError(errors, unique, error);
    }
  }

  /** Sends an error; nobody can be told if that fails. */
  void sendError(Outbox out, long unique, Errno error) {
    int failed = out.sendError(descriptor, unique, error);
    if (failed != 0 && !wasGivenUp(failed)) {
      LOG.log(Level.WARNING, "failed op=reply errno={0}", Errno.name(-failed));
    }
  }

  /** Answers with the error that something thrown stands for; what is not expected is logged. */
  void sendFailure(Outbox out, Request request, Throwable thrown) {
    if (thrown instanceof FuseException expected) {
      sendError(out, request.unique(), expected.errno());
      LOG.log(Level.DEBUG, () -> "refused op=%s cause=%s".formatted(name(request), expected));
      return;
    }
    // First: a log may wait for a disk, and there may be no memory for its line.
    sendError(out, request.unique(), Errno.EIO);
    LOG.log(
        Level.WARNING,
        "failed op=%s node=%d errno=EIO cause=%s".formatted(name(request), request.node(), thrown),
        thrown instanceof RuntimeException || thrown instanceof Error ? thrown : null);
  }

  /** How logs call a request. */
  static String name(Request request) {
    return request.getClass().getSimpleName();
  }

  /** Whether whoever waited for the answer is gone: interrupted, aborted or unmounted. */
  private static boolean wasGivenUp(int error) {
    return error == -Errno.ENOENT.number()
        || error == -Errno.EINVAL.number()
        || error == -Errno.ENODEV.number()
        || error == -Errno.EBADF.number()
        || error == -Errno.EPERM.number()
        || error == -Errno.ECONNABORTED.number()
        || error == -Errno.ENOTCONN.number();
  }
}
