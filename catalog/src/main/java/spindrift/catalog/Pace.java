package spindrift.catalog;

import java.io.IOException;

/** Says how fast long work may go on: whoever does it asks before each step, and may be kept. */
@FunctionalInterface
public interface Pace {
  /** As fast as it can. */
  Pace FULL = () -> {};

  /**
   * Waits as long as the work is to rest.
   *
   * @throws IOException when it is to stop
   */
  void step() throws IOException;
}
