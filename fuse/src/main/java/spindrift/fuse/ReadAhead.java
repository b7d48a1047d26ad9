package spindrift.fuse;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How far the kernel reads ahead, which also bounds the size of a read. Only /sys can raise it, and
 * only root may write there.
 */
final class ReadAhead {
  private static final Logger LOG = System.getLogger("spindrift.fuse");

  private ReadAhead() {}

  /** Raises it, where that is allowed. */
  static void set(Mount mount, int kib) {
    Path setting = Path.of("/sys/class/bdi", mount.device(), "read_ahead_kb");
    try {
      Files.writeString(setting, Integer.toString(kib));
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "skipped op=read-ahead cause={0}", e.getMessage());
    }
  }
}
