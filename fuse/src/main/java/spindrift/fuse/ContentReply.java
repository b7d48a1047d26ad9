package spindrift.fuse;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.jspecify.annotations.Nullable;

/**
 * Puts the pieces of a {@link Content} into an {@link Outbox}: mapped memory as it is, all else by
 * way of a buffer. For one thread at a time.
 */
final class ContentReply {
  /** What small reads need is kept small: most threads never see a large one. */
  private static final int LEAST_BYTES = 1 << 16;

  private static final int ALIGNMENT = 4096;

  private @Nullable MemorySegment buffer;
  private long filled;
  private long unsent;

  /**
   * Adds exactly {@code size} bytes; false where they are not what they were taken for, and must
   * not be sent.
   *
   * @throws IOException when the content has another size, or a file ends early; what was begun
   *     must not be sent then
   */
  boolean write(Outbox out, Content content, int size) throws IOException {
    if (content.size() != size) {
      throw new FuseException(
          Errno.EIO, "content of " + content.size() + " bytes instead of " + size);
    }
    try {
      writeAll(out, content, size);
    } catch (IOException e) {
      if (content.check().isRight()) {
        throw e;
      }
      return false;
    }
    return content.check().isRight();
  }

  private void writeAll(Outbox out, Content content, int size) throws IOException {
    filled = 0;
    unsent = 0;
    for (int i = 0; i < content.slices().size(); i++) {
      switch (content.slices().get(i)) {
        case Content.Memory memory -> write(out, memory.segment(), size);
        case Content.FileRange range -> copy(range, size);
      }
    }
    flush(out);
  }

  private void write(Outbox out, MemorySegment segment, int size) {
    if (segment.isNative() && out.takesPieces()) {
      flush(out);
      out.piece(segment);
      return;
    }
    MemorySegment.copy(segment, 0, buffer(size), filled, segment.byteSize());
    filled += segment.byteSize();
  }

  private void copy(Content.FileRange range, int size) throws IOException {
    ByteBuffer into = buffer(size).asSlice(filled, range.size()).asByteBuffer();
    FileChannel file = range.file();
    while (into.hasRemaining()) {
      int read = file.read(into, range.position() + into.position());
      if (read < 0) {
        throw new EOFException("a file ends " + into.remaining() + " bytes early");
      }
    }
    filled += range.size();
  }

  /** Copies that follow each other are one piece. */
  private void flush(Outbox out) {
    if (filled > unsent) {
      out.piece(buffer((int) filled).asSlice(unsent, filled - unsent));
      unsent = filled;
    }
  }

  /** Never replaced within one answer, for pieces of it may be on their way. */
  private MemorySegment buffer(int size) {
    MemorySegment now = buffer;
    if (now == null || now.byteSize() < size) {
      now = Arena.ofAuto().allocate(Math.max(size, LEAST_BYTES), ALIGNMENT);
      buffer = now;
    }
    return now;
  }
}
