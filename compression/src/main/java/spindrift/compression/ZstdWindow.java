package spindrift.compression;

import spindrift.base.MalformedDataException;

/**
 * How much memory a zstd frame asks its decoder for, read from the frame's first bytes.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1.1">RFC 8878, 3.1.1.1</a>
 */
final class ZstdWindow {
  /** Magic, descriptor, dictionary and content size at their longest. */
  static final int MAX_HEADER = 4 + 1 + 4 + 8;

  private static final int[] DICTIONARY_BYTES = {0, 1, 2, 4};
  private static final int[] SIZE_BYTES = {1, 2, 4, 8};

  private ZstdWindow() {}

  /**
   * The window in bytes; that of a frame in one segment is its content.
   *
   * @throws MalformedDataException when the header is cut off
   */
  static long size(byte[] frame) throws MalformedDataException {
    require(frame, 6);
    int descriptor = frame[4];
    boolean singleSegment = (descriptor & 0x20) != 0;
    if (!singleSegment) {
      long base = 1L << (10 + ((frame[5] >> 3) & 0x1f));
      return base + base / 8 * (frame[5] & 7);
    }
    int at = 5 + DICTIONARY_BYTES[descriptor & 3];
    int bytes = SIZE_BYTES[(descriptor >> 6) & 3];
    require(frame, at + bytes);
    long size = 0;
    for (int i = bytes - 1; i >= 0; i--) {
      size = (size << 8) | (frame[at + i] & 0xff);
    }
    // Two bytes count from 256 on.
    size += bytes == 2 ? 256 : 0;
    return size < 0 ? Long.MAX_VALUE : size;
  }

  private static void require(byte[] frame, int size) throws MalformedDataException {
    if (frame.length < size) {
      throw new MalformedDataException("zstd file", frame.length, "the file ends in its header");
    }
  }
}
