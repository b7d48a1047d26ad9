package spindrift.node;

import java.util.function.Consumer;

/** One of the doctor's checks: looks at something and says what it found, never fails. */
@FunctionalInterface
interface Checkup {
  void run(Consumer<Finding> findings);
}
