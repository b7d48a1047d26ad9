package spindrift.mount;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;
import spindrift.ipld.Cid;
import spindrift.nix.StorePath;

/**
 * Notes which blocks are read, in the order in which they are first: a line each, the CID and the
 * base name of the store path. Lines that are in the file already stay where they are. Safe for use
 * by several threads.
 */
final class Recorder implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Recorder.class.getName());

  /** Ours: a start-up that reads more is none; bounds the memory it takes to 25 MB. */
  private static final int MAX_LINES = 1 << 18;

  private final Writer out;
  private final Set<String> lines = new HashSet<>();
  private final Set<Cid> seen = new HashSet<>();
  private boolean broken;

  private Recorder(Writer out) {
    this.out = out;
    this.broken = false;
  }

  /** One that notes nothing. */
  static Recorder none() {
    Recorder none = new Recorder(Writer.nullWriter());
    none.broken = true;
    return none;
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
    Recorder recorder =
        new Recorder(
            Files.newBufferedWriter(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND));
    recorder.lines.addAll(before);
    return recorder;
  }

  synchronized void touched(StorePath path, Cid cid) {
    if (broken || cid.isIdentity() || seen.size() >= MAX_LINES || !seen.add(cid)) {
      return;
    }
    String line = cid + " " + path.baseName();
    if (!lines.add(line)) {
      return;
    }
    try {
      out.write(line + "\n");
      out.flush();
    } catch (IOException e) {
      broken = true;
      LOG.log(Level.WARNING, "cannot record why=\"{0}\"", e.getMessage());
    }
  }

  @Override
  public synchronized void close() throws IOException {
    broken = true;
    out.close();
  }
}
