package spindrift.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * What a mount does until it is ready, and for its first readers: most of the time that it takes is
 * Java's, which knows it all after a rehearsal. Where this user may not mount nothing is rehearsed.
 */
record RehearsedMount(Path directory, String path, String data) {
  private static final int READY_SECONDS = 20;

  /** Runs a command until it ends. */
  @FunctionalInterface
  interface Commands {
    void run(String... arguments);
  }

  void run(Commands commands) throws IOException, InterruptedException {
    Files.createDirectories(directory);
    Runnable mounting = () -> commands.run("mount", directory.toString(), path, data);
    Thread mount = Thread.ofPlatform().daemon().start(mounting);
    try {
      if (isReady(mount)) {
        readAll();
      }
    } finally {
      if (mount.isAlive()) {
        commands.run("umount", directory.toString());
      }
      mount.join(TimeUnit.SECONDS.toMillis(READY_SECONDS));
    }
  }

  /** Waits for the mount as for an end: it has ended where it may not be. */
  private boolean isReady(Thread mount) throws InterruptedException {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(READY_SECONDS);
    while (!Files.exists(directory.resolve(path))) {
      if (mount.join(Duration.ofMillis(20)) || System.nanoTime() - until > 0) {
        return false;
      }
    }
    return true;
  }

  private void readAll() throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        if (Files.isSymbolicLink(file)) {
          Files.readSymbolicLink(file);
        } else if (Files.isRegularFile(file)) {
          Files.readAllBytes(file);
        }
      }
    }
  }
}
