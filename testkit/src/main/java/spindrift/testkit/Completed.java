package spindrift.testkit;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import spindrift.base.Bytes;

/**
 * What a program that has ended left behind.
 *
 * @param command the command line, for messages
 * @param status the exit status; 0 is success
 */
public record Completed(List<String> command, int status, Bytes stdout, Bytes stderr) {
  /** Long enough for any client on a slow machine, short enough that a hang fails the test. */
  public static final Duration DEFAULT_LIMIT = Duration.ofMinutes(1);

  public Completed {
    command = List.copyOf(command);
  }

  private static final File DEV_NULL = new File("/dev/null");

  /** Runs a program to its end, whatever its status. */
  public static Completed of(ProcessBuilder builder, Duration limit) throws IOException {
    Process process = builder.redirectInput(ProcessBuilder.Redirect.from(DEV_NULL)).start();
    try {
      CompletableFuture<Bytes> stderr =
          CompletableFuture.supplyAsync(
              () -> drain(process.getErrorStream()), Thread::startVirtualThread);
      CompletableFuture<Bytes> stdout =
          CompletableFuture.supplyAsync(
              () -> drain(process.getInputStream()), Thread::startVirtualThread);
      if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new AssertionError(builder.command() + " did not end within " + limit);
      }
      return new Completed(builder.command(), process.exitValue(), stdout.join(), stderr.join());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted").initCause(e);
    } finally {
      process.destroyForcibly();
    }
  }

  private static Bytes drain(InputStream in) {
    try (in) {
      return Bytes.owning(in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Fails the test unless the program succeeded. */
  public Completed expectSuccess() {
    if (status != 0) {
      throw new AssertionError(
          String.join(" ", command) + " ended with status " + status + ":\n" + stderr.display());
    }
    return this;
  }

  /** Standard output as text, without blanks and line ends around it. */
  public String text() {
    return new String(stdout.toArray(), StandardCharsets.UTF_8).strip();
  }

  /** The only line of standard output; fails the test when there is another number of lines. */
  public String line() {
    List<String> lines = lines();
    if (lines.size() != 1) {
      throw new AssertionError(
          command + " wrote " + lines.size() + " lines, not one:\n" + text() + stderr.display());
    }
    return lines.getFirst();
  }

  /** The lines of standard output. */
  public List<String> lines() {
    return text().lines().toList();
  }
}
