package spindrift.cli;

import java.io.BufferedOutputStream;
import java.io.Console;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * What a command reads and writes.
 *
 * @param out data
 * @param err everything said about them
 * @param screen whether {@code err} is one that lines can be redrawn on
 */
record Terminal(
    InputStream in,
    PrintStream out,
    PrintStream err,
    Screen screen,
    Map<String, String> environment) {

  /** What looks at standard error. */
  enum Screen {
    /** A person at a terminal. */
    LIVE,
    /** A file, a pipe, a service manager. */
    NONE
  }

  private static final int BUFFER = 1 << 16;

  Terminal {
    environment = Map.copyOf(environment);
  }

  /** The streams and variables of this process. */
  static Terminal ofProcess() {
    Map<String, String> environment = System.getenv();
    return new Terminal(
        System.in,
        utf8(FileDescriptor.out),
        utf8(FileDescriptor.err),
        hasScreen(environment) ? Screen.LIVE : Screen.NONE,
        environment);
  }

  /** Text of somebody else's, without what a terminal would act on. */
  static String plain(String text) {
    return text.replaceAll("\\p{C}", "?");
  }

  boolean isLive() {
    return screen == Screen.LIVE;
  }

  void flush() {
    out.flush();
    err.flush();
  }

  /** Fails when what was written to {@code out} did not arrive. */
  void requireWritten() throws IOException {
    if (out.checkError()) {
      throw new IOException("cannot write to standard output");
    }
  }

  private static PrintStream utf8(FileDescriptor descriptor) {
    return new PrintStream(
        new BufferedOutputStream(new FileOutputStream(descriptor), BUFFER),
        descriptor == FileDescriptor.err,
        StandardCharsets.UTF_8);
  }

  private static boolean hasScreen(Map<String, String> environment) {
    if (environment.getOrDefault("TERM", "dumb").equals("dumb")) {
      return false;
    }
    try {
      // Standard output may well be a pipe while a person watches standard error, and the console
      // knows both or nothing.
      String device = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
      return device.startsWith("/dev/pts/") || device.startsWith("/dev/tty");
    } catch (IOException | UnsupportedOperationException e) {
      return Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent();
    }
  }
}
