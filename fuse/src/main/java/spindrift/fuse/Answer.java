package spindrift.fuse;

import java.time.Duration;
import java.util.concurrent.Callable;

/** What a {@link FileTree} says to a request: a value, or how it can be had. */
public sealed interface Answer<T> {
  /** A value that is here already. */
  static <T> Answer<T> now(T value) {
    return new Now<>(value);
  }

  /**
   * A value that takes time, such as one from the network.
   *
   * <p>The work runs on a virtual thread of its own. That thread is interrupted when the one who
   * asked was told to stop (who then gets EINTR) and when the deadline has passed (EIO); whatever
   * the work gives back later is dropped, but its {@link Content} is released. What it throws
   * counts as if the tree had thrown it. A program may wait twice as long: when read-ahead fails,
   * the kernel asks once more for the page that was wanted.
   */
  static <T> Answer<T> later(Duration deadline, Callable<? extends T> work) {
    return new Later<>(deadline, work);
  }

  /** A value that is here. */
  record Now<T>(T value) implements Answer<T> {}

  /** Work to be done, and how long the one who asked waits for it. */
  record Later<T>(Duration deadline, Callable<? extends T> work) implements Answer<T> {
    public Later {
      if (deadline.isNegative() || deadline.isZero()) {
        throw new IllegalArgumentException("a deadline that has passed: " + deadline);
      }
    }
  }
}
