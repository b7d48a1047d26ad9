package spindrift.blocks;

import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import spindrift.base.ByteReader;
import spindrift.base.Bytes;
import spindrift.base.MalformedDataException;
import spindrift.base.Multihash;
import spindrift.ipld.Cid;

/** Walks the sections of a pack from front to back. For one thread. */
final class PackScanner {
  private static final int WINDOW_BYTES = 1 << 20;
  private static final int MAX_HEAD_BYTES = 9 + Cid.MAX_BYTES;

  private final SteadyFile file;
  private final long end;
  private byte[] window = new byte[WINDOW_BYTES];
  private long windowStart;
  private int windowSize;
  private long position;

  /**
   * @param start of a section
   * @param end where the pack ends, or where to stop
   */
  PackScanner(SteadyFile file, long start, long end) {
    this.file = file;
    this.end = end;
    this.position = start;
    this.windowStart = start;
  }

  /**
   * A section as it was found.
   *
   * @param start of the section in the pack
   * @param offset of the content in the pack
   * @param intact whether the content is what the CID names
   */
  record Section(long start, long offset, Cid cid, Bytes content, boolean intact) {}

  /**
   * The next section; null at the end, and where what follows cannot be a section. The two are told
   * apart by {@link #position}.
   */
  @Nullable Section next() throws IOException {
    int headSize = (int) Math.min(MAX_HEAD_BYTES, end - position);
    if (headSize <= 0) {
      return null;
    }
    Cid cid;
    int contentAt;
    long contentSize;
    try {
      int headAt = fill(position, headSize);
      ByteReader head = ByteReader.of("CAR section", window, headAt, headSize);
      long inner = head.readVarint();
      int cidAt = head.offset();
      cid = Cid.read(head);
      contentAt = head.offset();
      contentSize = inner - (contentAt - cidAt);
      if (inner > PackFormat.MAX_SECTION_BYTES
          || contentSize < 0
          || contentSize > end - position - contentAt) {
        return null;
      }
    } catch (MalformedDataException | EOFException e) {
      return null;
    }
    int size = (int) contentSize;
    int windowAt = fill(position + contentAt, size);
    Bytes content = Bytes.copyOf(window, windowAt, size);
    boolean intact = cid.hash().check(content) == Multihash.Verdict.MATCHES;
    Section section = new Section(position, position + contentAt, cid, content, intact);
    position += contentAt + size;
    return section;
  }

  /** Where the next section begins: the end of all that could be read. */
  long position() {
    return position;
  }

  /** Makes sure that the window holds {@code size} bytes from {@code from}; says where in it. */
  private int fill(long from, int size) throws IOException {
    if (from >= windowStart && from + size <= windowStart + windowSize) {
      return (int) (from - windowStart);
    }
    if (size > window.length) {
      window = Arrays.copyOf(window, size);
    }
    int count = (int) Math.min(window.length, end - from);
    file.read(window, 0, count, from);
    windowStart = from;
    windowSize = count;
    return 0;
  }
}
