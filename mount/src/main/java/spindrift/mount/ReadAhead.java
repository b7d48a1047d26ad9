package spindrift.mount;

import java.util.Arrays;

/**
 * Finds out who reads a file from one end to the other, and says how far ahead of them to be. Safe
 * for use by several threads.
 */
final class ReadAhead {
  /** Ours: worth 20 ms at 400 MB/s, and of a few readers at once in what blocks are held. */
  static final long MAX_WINDOW = 8L << 20;

  private static final long FIRST_WINDOW = 512 << 10;

  /** Reads that the kernel sends at once do not come in order. */
  private static final long SLACK = 4L << 20;

  /** Ours: files that are read at once. */
  private static final int MAX_FILES = 1024;

  /** Ours: half of what is held at the most, or it would be gone before it is read. */
  private static final long ALL_WINDOWS = Math.min(32L << 20, Runtime.getRuntime().maxMemory() / 8);

  /** Ours: of so many reads it is seen how many files are read at once. */
  private static final int RECENT = 64;

  private final long[] recent = new long[RECENT];
  private int reads;

  private final Lru<Long, State> files = new Lru<>(MAX_FILES, state -> 1);

  private record State(long end, long window) {}

  /** Bytes behind this read that should come now; 0 where nobody knows what will be read. */
  long window(long node, long offset, long end) {
    State before = files.find(node).orElse(null);
    if (before == null) {
      files.put(node, new State(end, 0));
      return 0;
    }
    boolean goesOn = offset <= before.end + SLACK && end + SLACK >= before.end && end > before.end;
    if (!goesOn) {
      files.put(node, new State(end, before.window / 2));
      return 0;
    }
    long most = Math.clamp(ALL_WINDOWS / active(node), FIRST_WINDOW, MAX_WINDOW);
    long window = Math.clamp(before.window * 2, FIRST_WINDOW, most);
    files.put(node, new State(end, window));
    return window;
  }

  /** How many files were read lately, this one among them. */
  private synchronized long active(long node) {
    recent[reads++ % RECENT] = node;
    reads %= RECENT;
    return Math.max(1, Arrays.stream(recent).filter(any -> any != 0).distinct().count());
  }
}
