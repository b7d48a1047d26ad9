package spindrift.catalog;

import java.io.IOException;
import java.nio.channels.FileChannel;
import spindrift.base.ByteTarget;

/**
 * Passes everything on but the last byte, which waits until it is clear that all was right: a body
 * of known length that lacks a byte cannot be taken for a whole one. For one thread.
 */
class HeldBackTarget implements ByteTarget {
  private final ByteTarget target;
  private final byte[] last = new byte[1];
  private final boolean hasLast;
  private long rest;

  /**
   * @param size bytes that will come
   */
  HeldBackTarget(ByteTarget target, long size) {
    this.target = target;
    this.hasLast = size > 0;
    this.rest = size;
  }

  @Override
  public void write(byte[] buffer, int from, int length) throws IOException {
    if (length < rest) {
      target.write(buffer, from, length);
    } else if (length > 0) {
      target.write(buffer, from, length - 1);
      last[0] = buffer[from + length - 1];
    }
    rest -= length;
  }

  @Override
  public void transfer(FileChannel file, long position, long length) throws IOException {
    if (length < rest) {
      target.transfer(file, position, length);
      rest -= length;
    } else if (length > 0) {
      target.transfer(file, position, length - 1);
      rest -= length - 1;
      ByteTarget.super.transfer(file, position + length - 1, 1);
    }
  }

  /** Sends the last byte. */
  void finish() throws IOException {
    if (rest != 0) {
      throw new IllegalStateException(rest + " bytes are missing");
    }
    if (hasLast) {
      target.write(last, 0, 1);
    }
  }
}
