package spindrift.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The body of an answer as it comes. The JDK's own stream waits without end, and whoever reads from
 * it while another thread closes it may take that for the end of the body. No more is asked of the
 * network than one piece beyond what was read. For one thread, but for {@link #close}.
 */
final class BodyStream extends InputStream implements BodySubscriber<BodyStream> {
  /** Ours: a rest that takes longer is not worth a connection. */
  private static final long FINISHING_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ArrayDeque<ByteBuffer> pieces = new ArrayDeque<>();
  private final Duration stall;
  private final long deadline;
  private Flow.@Nullable Subscription subscription;
  private @Nullable Throwable failure;
  private boolean ended;
  private boolean closed;
  private long transferred;

  /**
   * @param deadline by the clock of {@link System#nanoTime}
   */
  BodyStream(Duration stall, long deadline) {
    this.stall = stall;
    this.deadline = deadline;
  }

  /** One without a byte. */
  static BodyStream empty() {
    BodyStream body = new BodyStream(Duration.ZERO, Long.MAX_VALUE);
    body.onComplete();
    return body;
  }

  @Override
  public CompletionStage<BodyStream> getBody() {
    return CompletableFuture.completedStage(this);
  }

  @Override
  public void onSubscribe(Flow.Subscription given) {
    boolean late;
    lock.lock();
    try {
      late = closed;
      subscription = given;
    } finally {
      lock.unlock();
    }
    if (late) {
      given.cancel();
    } else {
      given.request(1);
    }
  }

  @Override
  public void onNext(List<ByteBuffer> item) {
    lock.lock();
    try {
      for (ByteBuffer piece : item) {
        if (piece.hasRemaining() && !closed) {
          pieces.add(piece);
          transferred += piece.remaining();
        }
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void onError(Throwable thrown) {
    lock.lock();
    try {
      failure = thrown;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void onComplete() {
    lock.lock();
    try {
      ended = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Bytes that have come so far. */
  long transferred() {
    lock.lock();
    try {
      return transferred;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int from, int length) throws IOException {
    Objects.checkFromIndexSize(from, length, buffer.length);
    if (length == 0) {
      return 0;
    }
    lock.lock();
    try {
      await();
      ByteBuffer piece = pieces.peek();
      if (piece == null) {
        return -1;
      }
      int size = Math.min(length, piece.remaining());
      piece.get(buffer, from, size);
      if (!piece.hasRemaining()) {
        pieces.remove();
      }
      return size;
    } finally {
      lock.unlock();
    }
  }

  /** Waits until there is a piece, or the end. */
  private void await() throws IOException {
    long patience = System.nanoTime() + stall.toNanos();
    if (pieces.isEmpty() && !ended && subscription != null) {
      subscription.request(1);
    }
    long asked = transferred;
    while (!closed && pieces.isEmpty() && failure == null && !ended) {
      long left = Math.min(patience, deadline) - System.nanoTime();
      if (left <= 0) {
        String why = patience < deadline ? "stalled" : "took too long";
        close();
        throw new IOException("the answer " + why + " after " + asked + " bytes");
      }
      try {
        changed.await(left, TimeUnit.NANOSECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("reading was given up");
      }
    }
    if (closed) {
      throw new IOException("closed");
    }
    if (pieces.isEmpty() && failure != null) {
      throw new IOException("the answer broke off: " + failure.getMessage(), failure);
    }
  }

  @Override
  public void close() {
    Flow.Subscription given;
    lock.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      pieces.clear();
      given = ended || failure != null ? null : subscription;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    if (given != null) {
      given.cancel();
    }
  }

  /** As {@link #close}, but lets the rest come, so that the connection can be used again. */
  void finish() {
    lock.lock();
    try {
      if (closed || ended || failure != null || subscription == null) {
        close();
        return;
      }
      closed = true;
      pieces.clear();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    Thread.ofVirtual().name("read the rest").start(this::dropRest);
  }

  private void dropRest() {
    lock.lock();
    try {
      Flow.Subscription given = Objects.requireNonNull(subscription);
      given.request(Long.MAX_VALUE);
      long left = FINISHING_NANOS;
      while (!ended && failure == null && left > 0) {
        left = changed.awaitNanos(left);
      }
      if (!ended) {
        given.cancel();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }
}
