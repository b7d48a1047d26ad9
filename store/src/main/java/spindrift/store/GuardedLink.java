package spindrift.store;

import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;

/** A link whose calls end at a deadline, and whose errors say which daemon they are about. */
final class GuardedLink implements DaemonLink {
  private final DaemonLink link;
  private final String peer;
  private final Watchdog watchdog;
  private final Duration limit;
  private volatile Watchdog.Guard guard;

  /** The first call's deadline starts now. */
  GuardedLink(DaemonLink link, String peer, Watchdog watchdog, Duration limit) throws IOException {
    this.link = link;
    this.peer = peer;
    this.watchdog = watchdog;
    this.limit = limit;
    this.guard = watchdog.guard(link, limit);
  }

  /** Starts the deadline of the next call. */
  void arm() throws IOException {
    guard.close();
    guard = watchdog.guard(link, limit);
  }

  /** Ends the deadline: nothing is asked of the daemon for now. */
  void disarm() {
    guard.close();
  }

  /** Starts the time anew, because something was achieved. */
  void progress() {
    guard.progress();
  }

  @Override
  public int read(byte[] target, int offset, int size) throws IOException {
    int n;
    try {
      n = link.read(target, offset, size);
    } catch (IOException e) {
      throw explained(e);
    }
    if (n < 0) {
      throw explained(new EOFException("closed the connection"));
    }
    return n;
  }

  @Override
  public void write(byte[] source, int offset, int size) throws IOException {
    try {
      link.write(source, offset, size);
    } catch (IOException e) {
      throw explained(e);
    }
  }

  @Override
  public String lastWords() {
    return link.lastWords();
  }

  @Override
  public void close() throws IOException {
    guard.close();
    link.close();
  }

  private IOException explained(IOException e) {
    if (guard.expired()) {
      return new IOException(peer + " gave no answer for " + limit.toMillis() + " ms", e);
    }
    if (e instanceof ClosedByInterruptException) {
      return e;
    }
    String lastWords = link.lastWords();
    String message = e.getMessage() == null ? e.toString() : e.getMessage();
    return new LostLinkException(
        peer + ": " + message + (lastWords.isEmpty() ? "" : ": " + lastWords), e);
  }
}
