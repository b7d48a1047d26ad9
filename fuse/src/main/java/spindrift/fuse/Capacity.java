package spindrift.fuse;

/**
 * How large a file system is, as {@code df} shows it; nothing of it is free.
 *
 * @param bytes the size of all contents
 * @param files the number of nodes
 */
public record Capacity(long bytes, long files) {
  public Capacity {
    if (bytes < 0 || files < 0) {
      throw new IllegalArgumentException("a negative capacity");
    }
  }
}
