package spindrift.substitute;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** How much the machine has to do. */
final class MachineLoad {
  private static final Path LOAD_AVERAGE = Path.of("/proc/loadavg");

  private MachineLoad() {}

  /**
   * Whether more threads were ready to run over the last minute than there are processors, beside
   * one of ours; never where the machine does not say.
   */
  static boolean isHigh() {
    try {
      return isHigh(Files.readString(LOAD_AVERAGE), Runtime.getRuntime().availableProcessors());
    } catch (IOException e) {
      return false;
    }
  }

  static boolean isHigh(String loadAverage, int processors) {
    try {
      return Double.parseDouble(loadAverage.split(" ", 2)[0]) > processors + 1;
    } catch (NumberFormatException e) {
      return false;
    }
  }
}
