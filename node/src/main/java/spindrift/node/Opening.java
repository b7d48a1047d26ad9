package spindrift.node;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Things that are opened one after another: closed in reverse order unless all went well. For one
 * thread.
 */
final class Opening implements AutoCloseable {
  private final Deque<AutoCloseable> opened = new ArrayDeque<>();

  <T extends AutoCloseable> T add(T resource) {
    opened.push(resource);
    return resource;
  }

  /** From here on they are somebody else's to close. */
  void succeeded() {
    opened.clear();
  }

  @Override
  public void close() throws IOException {
    IOException failure = null;
    while (!opened.isEmpty()) {
      try {
        opened.pop().close();
      } catch (Exception e) {
        if (failure == null) {
          failure = e instanceof IOException io ? io : new IOException("while closing", e);
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
