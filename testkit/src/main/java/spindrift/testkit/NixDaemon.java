package spindrift.testkit;

import java.io.File;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A running {@code nix-daemon} on a Unix socket; closing it ends the process. */
public final class NixDaemon implements AutoCloseable {
  private static final Duration START_LIMIT = Duration.ofSeconds(20);

  private final Process process;
  private final Path socket;
  private final Map<String, String> environment;

  private NixDaemon(Process process, Path socket, Map<String, String> environment) {
    this.process = process;
    this.socket = socket;
    this.environment = Map.copyOf(environment);
  }

  static NixDaemon start(ProcessBuilder builder, Path socket, Map<String, String> environment)
      throws IOException {
    builder.redirectErrorStream(true);
    builder.redirectOutput(new File(socket + ".log"));
    NixDaemon daemon = new NixDaemon(builder.start(), socket, environment);
    long deadline = System.nanoTime() + START_LIMIT.toNanos();
    while (!daemon.listens()) {
      if (daemon.ended() || System.nanoTime() > deadline) {
        daemon.close();
        throw new AssertionError(builder.command() + " does not listen; see " + socket + ".log");
      }
    }
    return daemon;
  }

  /** Where clients connect. */
  public Path socket() {
    return socket;
  }

  /** The variables with which a client of any version finds this daemon as store {@code daemon}. */
  public Map<String, String> environment() {
    return environment;
  }

  private boolean listens() {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      return channel.connect(UnixDomainSocketAddress.of(socket));
    } catch (IOException e) {
      return false;
    }
  }

  /** Waits a moment for the process to end; false while it runs. */
  private boolean ended() throws IOException {
    try {
      return process.waitFor(10, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted").initCause(e);
    }
  }

  /** Ends the daemon and the workers that it forked. */
  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    try {
      process.waitFor(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
