package spindrift.server;

import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;

/**
 * Direct buffers for bodies under way. There is no upper bound here: a body takes one buffer and a
 * connection has one body, so the server's limit on connections is the bound. A few are kept.
 */
final class BufferPool {
  /**
   * Bytes of one buffer. From 64 KiB to 1 MiB one connection is equally fast on loopback; sixteen
   * gain 4 to 9 % from each step up, and every slow client holds one.
   */
  static final int BUFFER_BYTES = 128 * 1024;

  /** Idle buffers kept: as many as Nix downloads at once by default (max-substitution-jobs). */
  private static final int KEPT = 16;

  private final ArrayBlockingQueue<ByteBuffer> idle = new ArrayBlockingQueue<>(KEPT);

  ByteBuffer take() {
    ByteBuffer buffer = idle.poll();
    return buffer != null ? buffer.clear() : ByteBuffer.allocateDirect(BUFFER_BYTES);
  }

  /** Takes a buffer back; the giver must not touch it again. Beyond the kept ones, drops it. */
  void give(ByteBuffer buffer) {
    // A full pool leaves the buffer to the garbage collector.
    boolean _ = idle.offer(buffer);
  }
}
