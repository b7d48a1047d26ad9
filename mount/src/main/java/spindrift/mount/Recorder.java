package spindrift.mount;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import spindrift.ipld.Cid;
import spindrift.nix.StorePath;

/**
 * Notes which blocks are read, in the order in which they are first: a line each, the CID and the
 * base name of the store path. Lines that are in the file already stay where they are. A thread of
 * its own writes, so that no reader waits for the disk. Safe for use by several threads.
 */
final class Recorder implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Recorder.class.getName());

  /** Ours: a start-up that reads more is none; bounds the memory it takes to 25 MB. */
  private static final int MAX_LINES = 1 << 18;

  /** Ours: a file that cannot be written by then is on a disk that hangs. */
  private static final Duration END = Duration.ofSeconds(5);

  /** Behind the last line. */
  private static final String NOTHING = "";

  private final BlockingQueue<String> waiting = new LinkedBlockingQueue<>();
  private final Set<String> lines = new HashSet<>();
  private final Set<Cid> seen = new HashSet<>();
  private final Optional<Thread> writer;
  private volatile boolean ended;

  private Recorder(Set<String> before, Optional<Writer> out) {
    this.lines.addAll(before);
    this.ended = out.isEmpty();
    this.writer =
        out.map(to -> Thread.ofPlatform().daemon().name("recorder").start(() -> write(to)));
  }

  /** One that notes nothing. */
  static Recorder none() {
    return new Recorder(Set.of(), Optional.empty());
  }

  /** Adds to a file, which is made if there is none. */
  static Recorder to(Path file) throws IOException {
    Set<String> before = new HashSet<>();
    if (Files.exists(file)) {
      try (var read = Files.lines(file)) {
        read.limit(MAX_LINES).forEach(before::add);
      } catch (UncheckedIOException e) {
        throw new IOException(file + " is no record of a mount: " + e.getMessage(), e);
      }
    }
    Writer out =
        Files.newBufferedWriter(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    return new Recorder(before, Optional.of(out));
  }

  /** Never waits. */
  void touched(StorePath path, Cid cid) {
    if (!ended && !cid.isIdentity()) {
      note(path, cid);
    }
  }

  private synchronized void note(StorePath path, Cid cid) {
    if (seen.size() < MAX_LINES && seen.add(cid)) {
      String line = cid + " " + path.baseName();
      if (lines.add(line)) {
        waiting.add(line);
      }
    }
  }

  private void write(Writer to) {
    try (to) {
      for (String line = waiting.take(); !line.equals(NOTHING); line = waiting.take()) {
        to.write(line + "\n");
        if (waiting.isEmpty()) {
          to.flush();
        }
      }
    } catch (IOException e) {
      ended = true;
      LOG.log(Level.WARNING, "cannot record why=\"{0}\"", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** What was noted is in the file then. */
  @Override
  public void close() throws IOException {
    ended = true;
    waiting.add(NOTHING);
    try {
      if (writer.isPresent() && !writer.get().join(END)) {
        throw new IOException("the record of what was read cannot be written");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
