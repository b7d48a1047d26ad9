package spindrift.substitute;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import spindrift.base.ByteTarget;
import spindrift.base.IntegrityException;
import spindrift.nix.NixHash;

/**
 * The bytes of one NAR between who sends it, once, from its beginning, and any number who read it,
 * each from where it likes as long as that is still held.
 *
 * <p>What has come lies in memory. When that is full, the oldest part goes to a file if somebody
 * has yet to read it, or if it came slowly and so would be dear to fetch again; else it is dropped.
 * Where there is no file to be had, the sender waits for the slowest reader. Safe for use by
 * several threads, of which one at a time appends.
 */
final class NarSpool implements AutoCloseable {
  /** Ours: on a slow line bytes are passed on after all; Nix waits for them for 300 s. */
  private static final long HELD_BACK_NANOS = TimeUnit.SECONDS.toNanos(20);

  /** Without these nothing moves: one that is read, and one that is filled. */
  private static final int LEAST_CHUNKS = 2;

  /** Ours: one NAR may not take more than a third of all memory. */
  private static final int MOST_CHUNKS = 64;

  /** Ours: while nobody reads, the others need the memory more. */
  private static final int MOST_CHUNKS_UNREAD = 8;

  /** Ours, bytes a second: what comes faster comes again as fast, and disks cost time too. */
  private static final long DEAR_BELOW_RATE = 64L << 20;

  /** Ours: less comes again as quickly as a file is found. */
  private static final long LEAST_LEFT_BYTES = 1L << 20;

  private final Spool spool;
  private final long size;
  private final boolean isProvedFirst;
  private final long started = System.nanoTime();
  private final Set<Reader> readers = new HashSet<>();
  private final HeldPart held;
  private final Optional<NixHash> narHash;

  private long neededFrom;
  private long usedNanos = started;
  private int waiting;

  /** Whether there was no room any more for what has come: readers have to make some. */
  private boolean isShort;

  private boolean ended;
  private Optional<Exception> failure = Optional.empty();
  private boolean closed;

  /**
   * @param heldBackBytes a NAR that is no larger is given to nobody before {@link #end}, as long as
   *     there is room for it
   * @param narHash by which a later start of the node finds what came, if there is one
   */
  NarSpool(Spool spool, long size, long heldBackBytes, Optional<NixHash> narHash) {
    this.spool = spool;
    this.size = size;
    this.isProvedFirst = size <= heldBackBytes;
    this.narHash = narHash;
    this.held = new HeldPart(spool, narHash);
  }

  /** What had come when the node ended the last time; to be asked for once, before anything. */
  Optional<FileChannel> left() {
    return narHash.flatMap(spool::left);
  }

  /**
   * Appends bytes; waits while there is no room for them.
   *
   * @throws IOException when nobody wants them any more
   */
  void append(byte[] buffer, int from, int length) throws IOException {
    int at = from;
    int end = from + length;
    while (at < end) {
      HeldPart.Chunk chunk = chunk();
      int count = Math.min(end - at, chunk.room());
      chunk.put(buffer, at, count);
      at += count;
      synchronized (this) {
        held.count(chunk, count);
        if (waiting > 0 && (isFollowed() || !isHeldBack())) {
          notifyAll(); // else nobody could go on
        }
      }
    }
  }

  /** The chunk that is to be filled. */
  private synchronized HeldPart.Chunk chunk() throws IOException {
    requireOpen();
    Optional<HeldPart.Chunk> last = held.unfilled();
    if (last.isPresent()) {
      return last.get();
    }
    int bytes = (int) Math.min(HeldPart.CHUNK_BYTES, size - held.to());
    if (bytes <= 0) {
      throw new IOException("a NAR is longer than its narinfo says");
    }
    makeRoom(bytes);
    return held.add(bytes);
  }

  private void makeRoom(int bytes) throws IOException {
    while (held.chunks() >= LEAST_CHUNKS) {
      int most = readers.isEmpty() ? MOST_CHUNKS_UNREAD : MOST_CHUNKS;
      if (held.chunks() < most && spool.takeMemory(bytes)) {
        return;
      }
      boolean needed = held.oldestEnd() > neededFrom();
      if ((needed || isDear() || isFollowed()) && held.moveOldestToFile()) {
        continue;
      }
      if (held.oldestEnd() > neededFrom()) {
        if (!cutFollowers(held.oldestEnd())) {
          isShort = true;
          notifyAll();
          await();
        }
      } else {
        held.dropOldest();
      }
      requireOpen();
    }
    spool.overdrawMemory(bytes);
  }

  /** Nobody waits for those who only follow. */
  private boolean cutFollowers(long end) {
    boolean any = readers.removeIf(reader -> reader.follows && reader.position < end);
    if (any) {
      notifyAll();
    }
    return any;
  }

  private boolean isDear() {
    double seconds = Math.max(System.nanoTime() - started, 1) / 1e9;
    return held.to() / seconds < DEAR_BELOW_RATE;
  }

  /** The first byte that somebody will want, or may come back for. */
  private long neededFrom() {
    long first = readers.stream().allMatch(reader -> reader.follows) ? neededFrom : Long.MAX_VALUE;
    for (Reader reader : readers) {
      first = Math.min(first, reader.position);
    }
    return first;
  }

  private void await() throws InterruptedIOException {
    waiting++;
    try {
      TimeUnit.MINUTES.timedWait(this, 1); // until something has changed
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while a reader was awaited");
    } finally {
      waiting--;
    }
  }

  private boolean isHeldBack() {
    return isProvedFirst && !isShort && System.nanoTime() - started < HELD_BACK_NANOS;
  }

  /** Whether what has come is of no use, even to go on from. */
  private boolean isWrong() {
    return failure.filter(IntegrityException.class::isInstance).isPresent();
  }

  private void requireOpen() throws IOException {
    if (closed || failure.isPresent()) {
      throw new IOException("nobody wants this NAR any more");
    }
  }

  /** Lets go of what is held back, since all is right. */
  synchronized void end() {
    ended = true;
    notifyAll();
  }

  /** Cuts all readers. */
  synchronized void fail(Exception why) {
    if (!ended && failure.isEmpty()) {
      failure = Optional.of(why);
      held.dropName(); // or whoever tries again would begin with what may be wrong
      closeIfLost();
      notifyAll();
    }
  }

  private void closeIfLost() {
    if (failure.isPresent() && readers.isEmpty()) {
      close();
    }
  }

  synchronized long written() {
    return held.to();
  }

  /** One who reads from a first byte (inclusive) to a last (exclusive), if the first is held. */
  synchronized Optional<Reader> reader(long from, long to) {
    if (closed || failure.isPresent() || from < held.from()) {
      return Optional.empty();
    }
    return Optional.of(add(new Reader(from, to, false)));
  }

  /** One who reads all, for whom nobody waits: it is cut when it falls behind too far. */
  synchronized Reader follower() {
    return add(new Reader(0, size, true));
  }

  private Reader add(Reader reader) {
    readers.add(reader);
    notifyAll();
    return reader;
  }

  /** Gives everything back. Whoever reads or writes still is cut. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      held.close();
      notifyAll();
    }
  }

  /** As {@link #close}, but leaves what has come to the node's next start, if it is worth it. */
  synchronized void suspend() {
    if (closed) {
      return;
    }
    if (held.from() > 0 || ended || failure.isPresent() || held.to() < LEAST_LEFT_BYTES) {
      close();
      return;
    }
    closed = true;
    held.closeKeeping();
    notifyAll();
  }

  /** One reader. For one thread. */
  final class Reader implements AutoCloseable {
    private final long to;
    private final boolean follows;
    private long position;

    private Reader(long from, long to, boolean follows) {
      this.position = from;
      this.to = to;
      this.follows = follows;
    }

    /**
     * Writes its range as it comes; the last byte waits for {@link NarSpool#end}.
     *
     * @throws ReadFailure when the NAR failed
     * @throws IOException when the target does
     */
    void writeTo(ByteTarget target) throws IOException, ReadFailure {
      while (position < to) {
        HeldPart.Slice slice = next(Integer.MAX_VALUE);
        slice.writeTo(target);
        passed(slice);
      }
    }

    /**
     * Reads some bytes; waits for them.
     *
     * @return how many; -1 at the end
     */
    int read(byte[] buffer, int from, int length) throws IOException, ReadFailure {
      if (position == to) {
        return -1;
      }
      ByteBuffer target = ByteBuffer.wrap(buffer, from, length);
      HeldPart.Slice slice = next(length);
      slice.writeTo(target::put);
      passed(slice);
      return slice.length();
    }

    private HeldPart.Slice next(int most) throws InterruptedIOException, ReadFailure {
      synchronized (NarSpool.this) {
        while (true) {
          if (closed || !readers.contains(this)) {
            throw new ReadFailure(failure.orElseGet(() -> new IOException("the node stops")));
          }
          long limit = ended ? to : mustWait() ? 0 : Math.min(held.to(), to - 1);
          if (position < limit && !isWrong()) {
            return held.slice(position, Math.min(limit, position + most));
          }
          if (failure.isPresent()) {
            throw new ReadFailure(failure.get());
          }
          await();
        }
      }
    }

    /** Who follows judges for itself. */
    private boolean mustWait() {
      return !follows && isHeldBack();
    }

    private void passed(HeldPart.Slice slice) {
      synchronized (NarSpool.this) {
        slice.chunk().ifPresent(HeldPart.Chunk::leave);
        position += slice.length();
        usedNanos = System.nanoTime();
        NarSpool.this.notifyAll();
      }
    }

    /** Leaves; may come back for what it did not get. */
    @Override
    public void close() {
      synchronized (NarSpool.this) {
        readers.remove(this);
        if (!follows) {
          neededFrom = position;
        }
        usedNanos = follows ? usedNanos : System.nanoTime();
        closeIfLost();
        NarSpool.this.notifyAll();
      }
    }
  }

  /** That a NAR failed, and not the reader's target. */
  static final class ReadFailure extends Exception {
    private static final long serialVersionUID = 1L;

    private final Exception why;

    ReadFailure(Exception why) {
      super(why.getMessage(), why);
      this.why = why;
    }

    Exception why() {
      return why;
    }
  }

  /** Notes that somebody is about to read. */
  synchronized void expectReader() {
    usedNanos = System.nanoTime();
  }

  /** For how long no client has read, in nanoseconds; 0 while one does. */
  synchronized long idleNanos() {
    return readers.stream().allMatch(reader -> reader.follows) ? System.nanoTime() - usedNanos : 0;
  }

  /** Whether somebody follows. */
  synchronized boolean isFollowed() {
    return readers.stream().anyMatch(reader -> reader.follows);
  }

  /** Whether it was read to its end, and nobody reads it now. */
  synchronized boolean isSpent() {
    return ended && readers.isEmpty() && neededFrom == size;
  }
}
