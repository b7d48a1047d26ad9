package spindrift.substitute;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import spindrift.base.ByteTarget;
import spindrift.base.FaultException;

/**
 * The pieces of a range that several workers bring at the same time, none too far ahead of what has
 * been read. Who would have nothing to do tries the piece that is waited for, when that takes its
 * worker longer than it takes others. Safe for use by several threads, of which one reads.
 */
final class Pieces {
  /** Ours: at 200 Mbit/s and 20 ms, four fifths of the time are spent with bytes. */
  static final int PIECE_BYTES = 2 << 20;

  /** Without these nobody could work beside the first. */
  private static final int LEAST_AT_ONCE = 2;

  /** Ours: how much longer than usual a piece may take before another tries it too. */
  private static final int SLOW_FACTOR = 2;

  private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private final long to;
  private final int mostAtOnce;
  private final Deque<Piece> open = new ArrayDeque<>();
  private long next;
  private long usualNanos;
  private int workers;
  private Optional<Exception> lastFailure = Optional.empty();
  private boolean closed;

  /**
   * @param from first byte, inclusive
   * @param to last byte, exclusive
   * @param workers who {@link #take} pieces
   * @param window bytes that may be in memory
   */
  Pieces(long from, long to, int workers, long window) {
    this.next = from;
    this.to = to;
    this.workers = workers;
    // One is for the second try at what comes slowly.
    this.mostAtOnce = (int) Math.max(LEAST_AT_ONCE, window / PIECE_BYTES - 1);
  }

  private static final class Piece {
    final long from;
    final int size;
    final List<Attempt> attempts = new ArrayList<>(1);

    Piece(long from, int size) {
      this.from = from;
      this.size = size;
    }

    boolean isWhole() {
      return attempts.stream().anyMatch(attempt -> attempt.filled == size);
    }

    /** Who has come furthest. */
    Optional<Attempt> best() {
      return attempts.stream().max(Comparator.comparingInt(attempt -> attempt.filled));
    }
  }

  /** That a piece is not needed any more from who is bringing it. */
  static final class OvertakenException extends IOException {
    private static final long serialVersionUID = 1L;

    OvertakenException() {
      super("another source was quicker");
    }
  }

  /** One worker's try at a piece. */
  final class Attempt implements ByteTarget {
    private final Piece piece;
    private final byte[] bytes;
    private final long began = System.nanoTime();
    private int filled;

    private Attempt(Piece piece) {
      this.piece = piece;
      this.bytes = new byte[piece.size];
    }

    long from() {
      return piece.from;
    }

    long to() {
      return piece.from + piece.size;
    }

    @Override
    public void write(byte[] buffer, int start, int length) throws IOException {
      // What counts as filled does not change any more, so that it can be read without the lock.
      System.arraycopy(buffer, start, bytes, filled, length);
      came(this, length);
    }
  }

  private synchronized void came(Attempt attempt, int length) throws IOException {
    if (closed || (attempt.piece.isWhole() && attempt.filled < attempt.piece.size)) {
      throw new OvertakenException();
    }
    attempt.filled += length;
    notifyAll();
  }

  /** A piece for who has nothing to do; waits for one. Null when there will be none. */
  @Nullable
  synchronized Attempt take() throws InterruptedIOException {
    while (!closed) {
      Optional<Piece> piece = untaken().or(this::another).or(this::slow);
      if (piece.isPresent()) {
        Attempt attempt = new Attempt(piece.get());
        piece.get().attempts.add(attempt);
        return attempt;
      }
      if (next == to && open.stream().allMatch(Piece::isWhole)) {
        return null;
      }
      await();
    }
    return null;
  }

  /** One whose worker gave it up. */
  private Optional<Piece> untaken() {
    return open.stream().filter(piece -> piece.attempts.isEmpty()).findFirst();
  }

  private Optional<Piece> another() {
    if (next == to || open.size() >= mostAtOnce) {
      return Optional.empty();
    }
    Piece piece = new Piece(next, (int) Math.min(PIECE_BYTES, to - next));
    next += piece.size;
    open.add(piece);
    return Optional.of(piece);
  }

  /** The first that is not whole, if its worker needs too long for it. */
  private Optional<Piece> slow() {
    long longest = System.nanoTime() - SLOW_FACTOR * usualNanos;
    return open.stream()
        .filter(piece -> !piece.isWhole())
        .findFirst()
        .filter(piece -> usualNanos > 0 && piece.attempts.size() == 1)
        .filter(piece -> piece.attempts.getFirst().began - longest < 0);
  }

  /** A worker has done what it can for a piece. */
  synchronized void ends(Attempt attempt) {
    if (attempt.filled == attempt.piece.size) {
      long took = Math.max(System.nanoTime() - attempt.began, 1);
      // The quickest of late.
      usualNanos = usualNanos == 0 ? took : Math.min(took, usualNanos + usualNanos / 4);
    } else {
      attempt.piece.attempts.remove(attempt);
    }
    notifyAll();
  }

  /** One takes no more, because it failed; false where it is over anyhow. */
  synchronized boolean lostWorker(Exception why) {
    workers--;
    lastFailure = Optional.of(why);
    notifyAll();
    return !closed;
  }

  /**
   * Writes all of it, as it comes.
   *
   * @throws IOException when the target fails, or all workers have failed: as the last of them
   * @throws FaultException likewise
   */
  void writeTo(ByteTarget target) throws IOException, FaultException {
    int done = 0;
    for (Piece piece = head(); piece != null; piece = head()) {
      Attempt ahead = await(piece, done);
      int filled = filled(ahead);
      target.write(ahead.bytes, done, filled - done);
      done = filled;
      if (done == piece.size) {
        drop(piece);
        done = 0;
      }
    }
  }

  private synchronized int filled(Attempt attempt) {
    return attempt.filled;
  }

  private synchronized void drop(Piece piece) {
    open.remove(piece);
    notifyAll();
  }

  /** The piece that is to be written; null at the end. */
  @Nullable
  private synchronized Piece head() throws IOException, FaultException {
    while (open.isEmpty()) {
      if (next == to) {
        return null;
      }
      requireWorkers();
      await();
    }
    return open.element();
  }

  private synchronized Attempt await(Piece piece, int done) throws IOException, FaultException {
    while (true) {
      Optional<Attempt> best = piece.best().filter(attempt -> attempt.filled > done);
      if (best.isPresent()) {
        return best.get();
      }
      requireWorkers();
      await();
    }
  }

  private void requireWorkers() throws IOException, FaultException {
    if (closed) {
      throw new IOException("aborted");
    }
    if (workers == 0) {
      Exception why = lastFailure.orElseGet(() -> new IOException("nobody brings it"));
      if (why instanceof FaultException fault) {
        throw fault;
      }
      throw new IOException(why.getMessage(), why);
    }
  }

  private void await() throws InterruptedIOException {
    try {
      TimeUnit.NANOSECONDS.timedWait(this, TICK_NANOS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while pieces were awaited");
    }
  }

  /** Ends it: nobody waits any more, and what comes is not wanted. */
  synchronized void close() {
    closed = true;
    open.clear();
    notifyAll();
  }
}
