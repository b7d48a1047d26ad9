package spindrift.node;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import spindrift.base.FaultException;
import spindrift.nix.StorePath;

/** One at a time for each path. Safe for use by several threads. */
final class PathTurns {
  private final Map<StorePath, Turns> busy = new ConcurrentHashMap<>();

  /** Takes some time, at the end of which the next who asks knows. */
  @FunctionalInterface
  interface Slow<T> {
    T run() throws IOException, FaultException;
  }

  /** Those who take turns at a path; how many they are is counted under the lock of the map. */
  private static final class Turns {
    final ReentrantLock lock = new ReentrantLock();
    int users;
  }

  <T> T oneAtATime(StorePath path, Slow<T> work) throws IOException, FaultException {
    Turns turns = enter(path);
    try {
      return inTurn(turns.lock, work);
    } finally {
      leave(path);
    }
  }

  /**
   * Does something unless somebody is at it; else waits until they are done, and does nothing: what
   * they did may be enough, and if they failed the world may have changed.
   */
  <T> Optional<T> unlessBusy(StorePath path, Slow<T> work) throws IOException, FaultException {
    Turns turns = enter(path);
    try {
      if (turns.lock.tryLock()) {
        try {
          return Optional.of(work.run());
        } finally {
          turns.lock.unlock();
        }
      }
      return inTurn(turns.lock, Optional::empty);
    } finally {
      leave(path);
    }
  }

  /** How many are at a path or wait for it. */
  int users(StorePath path) {
    int[] users = {0};
    busy.computeIfPresent(
        path,
        (any, turns) -> {
          users[0] = turns.users;
          return turns;
        });
    return users[0];
  }

  private Turns enter(StorePath path) {
    return busy.compute(
        path,
        (any, before) -> {
          Turns now = before == null ? new Turns() : before;
          now.users++;
          return now;
        });
  }

  private void leave(StorePath path) {
    busy.computeIfPresent(path, (any, now) -> --now.users == 0 ? null : now);
  }

  private static <T> T inTurn(ReentrantLock lock, Slow<T> work) throws IOException, FaultException {
    try {
      lock.lockInterruptibly();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
    try {
      return work.run();
    } finally {
      lock.unlock();
    }
  }
}
