package spindrift.substitute;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import spindrift.nix.StorePath;

/**
 * Paths that are to be indexed, in order of demand, and who waits for them. Bounded: what does not
 * fit is not indexed until it is asked for again. Safe for use by several threads.
 */
final class IndexQueue {
  /** Ours: a closure and more. */
  static final int MAX_OFFERED = 4096;

  /** Ours: paths that peers wait for, all together; each costs the reading of its files. */
  static final int MAX_WANTED = 256;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // Guarded by the lock; includes jobs under way.
  private final Map<StorePath, Job> jobs = new LinkedHashMap<>();
  private int wanted;
  private boolean closed;

  /** One path; its fields are guarded by the queue's lock, but for those that never change. */
  static final class Job {
    private final StorePath path;
    private final long narSize;
    private final List<BlockingQueue<StorePath>> waiting = new ArrayList<>();
    private volatile boolean isWanted;
    private boolean underWay;

    private Job(StorePath path, long narSize) {
      this.path = path;
      this.narSize = narSize;
    }

    StorePath path() {
      return path;
    }

    /** Bytes of its NAR. */
    long narSize() {
      return narSize;
    }

    /** Whether somebody waits for it, by now. */
    boolean isWanted() {
      return isWanted;
    }
  }

  /** Somebody who waits for paths, and closes this when he does no more. For one thread. */
  final class Demand implements AutoCloseable {
    private final BlockingQueue<StorePath> done = new LinkedBlockingQueue<>();
    private final List<Job> mine = new ArrayList<>();
    private int left;

    private Demand() {}

    /** The next path that is done with, indexed or failed; empty when none is left or in time. */
    Optional<StorePath> next(Duration wait) throws InterruptedException {
      if (left == 0) {
        return Optional.empty();
      }
      Optional<StorePath> path =
          Optional.ofNullable(done.poll(wait.toNanos(), TimeUnit.NANOSECONDS));
      if (path.isPresent()) {
        left--;
      }
      return path;
    }

    @Override
    public void close() {
      lock.lock();
      try {
        for (Job job : mine) {
          job.waiting.remove(done);
          if (job.waiting.isEmpty() && job.isWanted && !job.underWay) {
            job.isWanted = false;
            wanted--;
          }
        }
      } finally {
        lock.unlock();
      }
    }
  }

  /** A path and the bytes of its NAR. */
  record Item(StorePath path, long narSize) {}

  /** Adds paths behind all others; those that are there stay where they are. */
  void offer(Collection<Item> items) {
    lock.lock();
    try {
      for (Item item : items) {
        add(item);
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Adds paths before all that nobody waits for. */
  Demand demand(Collection<Item> items) {
    lock.lock();
    try {
      Demand demand = new Demand();
      for (Item item : items) {
        Optional<Job> job = closed ? Optional.empty() : add(item);
        if (job.isPresent() && (job.get().isWanted || wanted < MAX_WANTED)) {
          if (!job.get().isWanted) {
            job.get().isWanted = true;
            wanted++;
          }
          job.get().waiting.add(demand.done);
          demand.mine.add(job.get());
          demand.left++;
        }
      }
      changed.signalAll();
      return demand;
    } finally {
      lock.unlock();
    }
  }

  private Optional<Job> add(Item item) {
    Job there = jobs.get(item.path());
    if (there != null) {
      return Optional.of(there);
    }
    if (jobs.size() >= MAX_OFFERED + MAX_WANTED) {
      return Optional.empty();
    }
    Job job = new Job(item.path(), item.narSize());
    jobs.put(item.path(), job);
    return Optional.of(job);
  }

  /** Waits for a job of a kind and takes it; empty once this is closed. */
  Optional<Job> take(Predicate<Job> kind) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (!closed) {
        Optional<Job> next =
            jobs.values().stream().filter(job -> !job.underWay && kind.test(job)).findFirst();
        if (next.isPresent()) {
          next.get().underWay = true;
          return next;
        }
        changed.await();
      }
      return Optional.empty();
    } finally {
      lock.unlock();
    }
  }

  /** Says that a job is done with, whatever came of it. */
  void done(Job job) {
    lock.lock();
    try {
      jobs.remove(job.path);
      if (job.isWanted) {
        wanted--;
      }
      job.waiting.forEach(queue -> queue.add(job.path));
    } finally {
      lock.unlock();
    }
  }

  /** Waits, unless this is closed or the job wanted meanwhile. */
  void rest(Job job, Duration time) {
    lock.lock();
    try {
      long left = time.toNanos();
      while (left > 0 && !closed && !job.isWanted) {
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  /** Paths that wait or are under way. */
  int size() {
    lock.lock();
    try {
      return jobs.size();
    } finally {
      lock.unlock();
    }
  }

  /** Ends all waiting. */
  void close() {
    lock.lock();
    try {
      closed = true;
      for (Job job : jobs.values()) {
        job.waiting.forEach(queue -> queue.add(job.path));
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
