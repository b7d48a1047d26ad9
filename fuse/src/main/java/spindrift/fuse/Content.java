package spindrift.fuse;

import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.util.List;
import spindrift.base.Bytes;

/**
 * Bytes of a file, in pieces that lie where they are.
 *
 * @param check asked when all was read and before the kernel gets any of it
 * @param release called once when the kernel has them or does not want them any more: until then
 *     memory must stay mapped, files open, and the bytes of both as they are
 */
public record Content(List<Slice> slices, Check check, Runnable release) {
  /** Whether what was read is what it was taken for. */
  @FunctionalInterface
  public interface Check {
    /**
     * Says whether it is. When it is not, the tree is asked for the same bytes once more; only when
     * it was wrong some times in a row the read fails with EIO.
     */
    boolean isRight();
  }

  /** Pieces that stay as they are. */
  public Content(List<Slice> slices, Runnable release) {
    this(slices, () -> true, release);
  }

  /** Pieces that nobody waits to get back. */
  public static Content of(Slice... slices) {
    return new Content(List.of(slices), () -> {});
  }

  /** How many bytes there are. */
  long size() {
    long size = 0;
    for (int i = 0; i < slices.size(); i++) {
      size = Math.addExact(size, slices.get(i).size());
    }
    return size;
  }

  /** One piece. */
  public sealed interface Slice {
    /** Memory, best mapped: what is not on the heap goes to the kernel without a copy. */
    static Slice of(MemorySegment memory) {
      return new Memory(memory);
    }

    /** Bytes on the heap. */
    static Slice of(Bytes bytes) {
      return new Memory(MemorySegment.ofBuffer(bytes.asByteBuffer()));
    }

    /** A range of a file, which is read on a thread that nobody interrupts. */
    static Slice of(FileChannel file, long position, long size) {
      return new FileRange(file, position, size);
    }

    /** How many bytes it has. */
    long size();
  }

  /** A piece in memory. */
  public record Memory(MemorySegment segment) implements Slice {
    @Override
    public long size() {
      return segment.byteSize();
    }
  }

  /** A piece in a file. */
  public record FileRange(FileChannel file, long position, long size) implements Slice {
    public FileRange {
      if (position < 0 || size < 0) {
        throw new IllegalArgumentException("not a range: " + position + " " + size);
      }
    }
  }
}
