package spindrift.p2p;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.LongPredicate;

/**
 * Reads a wire ahead, in direct memory that grows with what comes: an idle connection holds little,
 * a busy one is read in large pieces. For one thread.
 */
final class WireInput {
  /** Ours: room for a handshake or a few small messages. */
  private static final int FIRST_BYTES = 4096;

  /** A frame of Noise with its length. */
  private static final int FRAME_BYTES = 2 + NoiseChannel.MAX_FRAME_BYTES;

  /** Ours: four frames of Noise; larger pieces save no more system calls worth the memory. */
  private static final int MAX_BYTES = 256 * 1024;

  private final Wire wire;
  private LongPredicate more = _ -> false;

  /** From position to limit: what was read and not yet taken. */
  private ByteBuffer buffer = ByteBuffer.allocateDirect(FIRST_BYTES).limit(0);

  WireInput(Wire wire) {
    this.wire = wire;
  }

  /**
   * Reads in larger pieces from now on, where there is memory for them.
   *
   * @param room takes so many bytes, or has not as many
   */
  void growWithin(LongPredicate room) {
    more = room;
  }

  /**
   * Waits for bytes.
   *
   * @param count at most a frame with its length
   * @return false when the wire has ended and no byte is left
   * @throws EOFException when the wire has ended and some bytes are left, but too few
   */
  boolean await(int count) throws IOException {
    while (buffer.remaining() < count) {
      makeRoom(count);
      if (buffer.limit() == buffer.capacity()) {
        throw new IllegalStateException("no room for " + count + " bytes");
      }
      int end = buffer.limit();
      buffer.limit(buffer.capacity());
      int position = buffer.position();
      buffer.position(end);
      int read;
      try {
        read = wire.read(buffer);
      } finally {
        buffer.limit(buffer.position()).position(position);
      }
      if (read < 0) {
        if (!buffer.hasRemaining()) {
          return false;
        }
        throw new EOFException("peer ended the connection amid a message");
      }
    }
    return true;
  }

  /** Moves what is left to the front; takes more memory where the last read used all of it. */
  private void makeRoom(int count) {
    boolean full = buffer.limit() == buffer.capacity();
    int capacity = capacityFor(Math.max(count, full ? 2 * buffer.capacity() : 0));
    if (capacity > buffer.capacity()) {
      buffer = ByteBuffer.allocateDirect(capacity).put(buffer).flip();
    } else if (buffer.position() > 0) {
      buffer.compact().flip();
    }
  }

  /** A whole frame always has room; more only where there is memory for it. */
  private int capacityFor(int wanted) {
    if (wanted <= FRAME_BYTES / 2) {
      return Integer.highestOneBit(wanted - 1) << 1;
    }
    boolean isLarge = wanted > FRAME_BYTES && buffer.capacity() >= FRAME_BYTES;
    boolean mayGrow = isLarge && buffer.capacity() < MAX_BYTES;
    return mayGrow && more.test(MAX_BYTES - FRAME_BYTES) ? MAX_BYTES : FRAME_BYTES;
  }

  /** The next two bytes as a number, most significant first, without moving on. */
  int peekShort() {
    return buffer.getShort(buffer.position()) & 0xffff;
  }

  /** Moves on. */
  void skip(int count) {
    buffer.position(buffer.position() + count);
  }

  /** Moves bytes to the start of an array. */
  void take(byte[] target, int count) {
    buffer.get(target, 0, count);
  }
}
