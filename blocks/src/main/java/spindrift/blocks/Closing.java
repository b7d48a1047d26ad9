package spindrift.blocks;

import java.util.List;

/** Closes several things, each whatever happens to the others. */
final class Closing {
  private Closing() {}

  /** Closes in the order given and adds what fails to {@code failure} as suppressed. */
  static void all(List<? extends AutoCloseable> open, Exception failure) {
    for (AutoCloseable one : open) {
      try {
        one.close();
      } catch (Exception e) {
        failure.addSuppressed(e);
      }
    }
  }
}
