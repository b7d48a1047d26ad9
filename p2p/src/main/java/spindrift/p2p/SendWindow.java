package spindrift.p2p;

import java.io.IOException;
import java.util.concurrent.locks.Condition;
import org.jspecify.annotations.Nullable;

/** What one stream may still send. All of it is guarded by the lock of its {@link YamuxWriter}. */
final class SendWindow {
  final int stream;

  /** Signalled whenever anything here changes, and when it is this stream's turn to write. */
  final Condition changed;

  /** Bytes that the other side is ready to take, an unsigned number of 32 bits. */
  long open = YamuxFrame.INITIAL_WINDOW;

  /** Whether our half has ended. */
  boolean closed;

  /** Why nothing can be written any more. */
  @Nullable IOException broken;

  SendWindow(int stream, Condition changed) {
    this.stream = stream;
    this.changed = changed;
  }

  void requireOpen() throws IOException {
    if (broken != null) {
      throw new IOException(broken.getMessage(), broken);
    }
    if (closed) {
      throw new IOException("our half of the stream is closed");
    }
  }
}
