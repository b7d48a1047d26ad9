package spindrift.fuse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The signals that wait for a thread, as /proc/…/status shows them.
 *
 * <p>The kernel interrupts a request at any signal, and a call that was interrupted is not begun
 * again. But programs do not expect EINTR from files: a shell gets SIGCHLD at any time, a Go
 * program SIGURG. So only a signal that means "stop" counts, as with NFS.
 *
 * @see <a href="https://man7.org/linux/man-pages/man5/proc_pid_status.5.html">proc_pid_status</a>
 */
final class Signals {
  /** HUP, INT, QUIT, KILL and TERM; any other that ends a program shows as KILL too. */
  private static final long STOP = bit(1) | bit(2) | bit(3) | bit(9) | bit(15);

  private Signals() {}

  /** Whether a thread has been told to stop; also when nothing can be learned of it. */
  static boolean wantStop(int thread) {
    try {
      Path status = Path.of("/proc", Integer.toString(thread), "status");
      return thread <= 0 || wantStop(Files.readString(status, StandardCharsets.ISO_8859_1));
    } catch (IOException | NumberFormatException e) {
      return true;
    }
  }

  /** Reads the text of such a file. */
  static boolean wantStop(String status) {
    long waiting = 0;
    long blocked = 0;
    for (String line : status.split("\n", -1)) {
      if (line.startsWith("SigPnd:") || line.startsWith("ShdPnd:")) {
        waiting |= mask(line);
      } else if (line.startsWith("SigBlk:")) {
        blocked = mask(line);
      }
    }
    return (waiting & ~blocked & STOP) != 0;
  }

  private static long mask(String line) {
    return Long.parseUnsignedLong(line.substring(line.indexOf(':') + 1).strip(), 16);
  }

  private static long bit(int signal) {
    return 1L << (signal - 1);
  }
}
