package spindrift.p2p;

import java.util.Arrays;

/** Frames that go out with one write, in a buffer that is used again and again. Not thread-safe. */
final class YamuxBatch {
  /** Bytes kept free at the front, for frames that overtake. */
  static final int HEADROOM = 64 * YamuxFrame.HEAD;

  private static final int SMALLEST = HEADROOM + (4 << 10);

  private byte[] bytes = new byte[SMALLEST];
  private int start = HEADROOM;
  private int end = HEADROOM;
  private int lastFrame = -1;

  void clear() {
    start = HEADROOM;
    end = HEADROOM;
    lastFrame = -1;
  }

  /** Gives memory back that only a busy connection needs. */
  void shrink() {
    if (end == start && bytes.length > SMALLEST) {
      bytes = new byte[SMALLEST];
    }
  }

  byte[] bytes() {
    return bytes;
  }

  int start() {
    return start;
  }

  int size() {
    return end - start;
  }

  /** Appends a frame without payload. */
  void frame(int type, int flags, int stream, int length) {
    ensure(YamuxFrame.HEAD);
    YamuxFrame.put(bytes, end, type, flags, stream, length);
    end += YamuxFrame.HEAD;
    lastFrame = -1;
  }

  /** Appends payload, to the last frame where that is of the same stream and not too long. */
  void data(int stream, byte[] source, int from, int count, int longest) {
    ensure(YamuxFrame.HEAD + count);
    if (lastFrame >= 0 && YamuxFrame.stream(bytes, lastFrame) == stream) {
      int length = (int) YamuxFrame.length(bytes, lastFrame) + count;
      if (length <= longest) {
        YamuxFrame.length(bytes, lastFrame, length);
        append(source, from, count);
        return;
      }
    }
    lastFrame = end;
    YamuxFrame.put(bytes, end, YamuxFrame.DATA, 0, stream, count);
    end += YamuxFrame.HEAD;
    append(source, from, count);
  }

  /** Puts all of another batch before this one and empties that; false where it does not fit. */
  boolean prepend(YamuxBatch other) {
    int count = other.size();
    if (count > start) {
      return false;
    }
    start -= count;
    System.arraycopy(other.bytes, other.start, bytes, start, count);
    other.clear();
    return true;
  }

  private void append(byte[] source, int from, int count) {
    System.arraycopy(source, from, bytes, end, count);
    end += count;
  }

  private void ensure(int count) {
    if (bytes.length - end < count) {
      bytes = Arrays.copyOf(bytes, Math.max(end + count, bytes.length * 2));
    }
  }
}
