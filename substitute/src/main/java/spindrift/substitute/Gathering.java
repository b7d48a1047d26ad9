package spindrift.substitute;

import java.io.IOException;
import spindrift.base.ByteTarget;
import spindrift.base.FileRange;

/**
 * Puts small pieces together before they are handed on: a NAR has a hundred bytes of framing
 * between its files, and whoever takes a piece locks, looks at the clock and hashes. For one
 * thread.
 */
final class Gathering implements ByteTarget {
  /** Ours: what comes in such pieces costs nothing to speak of to hand on. */
  static final int MOST_BYTES = 64 << 10;

  private final ByteTarget target;
  private final byte[] gathered;
  private int count;

  /**
   * @param size bytes that will come, at most
   */
  Gathering(ByteTarget target, long size) {
    this.target = target;
    this.gathered = new byte[(int) Math.min(size, MOST_BYTES)];
  }

  @Override
  public void write(byte[] buffer, int from, int length) throws IOException {
    boolean isLarge = length >= MOST_BYTES / 2;
    if (isLarge || length > gathered.length - count) {
      flush();
    }
    if (isLarge || length > gathered.length) {
      target.write(buffer, from, length);
    } else {
      System.arraycopy(buffer, from, gathered, count, length);
      count += length;
    }
  }

  @Override
  public boolean takesRanges() {
    return target.takesRanges();
  }

  @Override
  public void range(FileRange range) throws IOException {
    flush();
    target.range(range);
  }

  /** Hands on what has been gathered: to be called before anything that may take its time. */
  void flush() throws IOException {
    if (count > 0) {
      int full = count;
      count = 0;
      target.write(gathered, 0, full);
    }
  }
}
