package spindrift.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A link over the standard streams of a process; closing it ends the process. */
final class ProcessLink implements DaemonLink {
  /** Ours: the end of what a failing program says is what matters. */
  private static final int MAX_LAST_WORDS = 2048;

  /** Ours: long enough for a process that was told to die to have said why. */
  private static final int LAST_WORDS_MILLIS = 500;

  private final Process process;
  private final StringBuilder lastWords = new StringBuilder();
  private final Thread listener;

  private ProcessLink(Process process) {
    this.process = process;
    // A platform thread: reading a pipe would hold a carrier of the virtual threads for good.
    this.listener = Thread.ofPlatform().daemon().name("nix-daemon-stderr").unstarted(this::listen);
  }

  static ProcessLink start(List<String> command) throws IOException {
    ProcessLink link = new ProcessLink(new ProcessBuilder(command).start());
    link.listener.start();
    return link;
  }

  @Override
  public int read(byte[] target, int offset, int size) throws IOException {
    return process.getInputStream().read(target, offset, size);
  }

  @Override
  public void write(byte[] source, int offset, int size) throws IOException {
    process.getOutputStream().write(source, offset, size);
    process.getOutputStream().flush();
  }

  @Override
  public String lastWords() {
    try {
      listener.join(LAST_WORDS_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    synchronized (lastWords) {
      return PlainText.of(lastWords.toString());
    }
  }

  /** Lets the process end by itself when it sees the end of its input, and otherwise ends it. */
  @Override
  public void close() throws IOException {
    // Killed first: closing the streams would wait for a thread that is blocked on one of them.
    process.destroy();
    try {
      if (!process.waitFor(LAST_WORDS_MILLIS, TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  /** Reads stderr to its end, so that the daemon never blocks on it, and keeps the last of it. */
  private void listen() {
    byte[] buffer = new byte[MAX_LAST_WORDS];
    try (InputStream in = process.getErrorStream()) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        synchronized (lastWords) {
          lastWords.append(new String(buffer, 0, n, StandardCharsets.UTF_8));
          lastWords.delete(0, Math.max(0, lastWords.length() - MAX_LAST_WORDS));
        }
      }
    } catch (IOException e) {
      // The process is gone, and with it whatever it had to say.
      return;
    }
  }
}
