package spindrift.base;

import java.nio.file.Path;

/**
 * Bytes of a file of this machine.
 *
 * @param offset of the first of them
 * @param length more than 0
 */
public record FileRange(Path file, long offset, long length) {
  public FileRange {
    if (offset < 0 || length <= 0 || offset + length < 0) {
      throw new IllegalArgumentException(length + " bytes from " + offset);
    }
  }

  /** Whether another goes on where this one ends. */
  public boolean isBefore(FileRange other) {
    return offset + length == other.offset && file.equals(other.file);
  }

  /** This one and another that goes on where it ends. */
  public FileRange with(FileRange next) {
    return new FileRange(file, offset, length + next.length);
  }
}
