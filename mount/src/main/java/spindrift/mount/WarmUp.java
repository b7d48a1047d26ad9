package spindrift.mount;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import spindrift.base.ConfigException;
import spindrift.base.FaultException;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;
import spindrift.ipld.Cid;
import spindrift.nix.StorePath;

/** Has the blocks come that a {@link Recorder} noted, before anybody reads them. */
final class WarmUp implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(WarmUp.class.getName());

  /** Ours: 40 GB of leaves. */
  private static final int MAX_LINES = 1 << 18;

  private final Lines lines;
  private final Paths paths;
  private final Blocks blocks;
  private volatile boolean closed;

  /** What was noted: runs of blocks of one path, in the order in which they were read. */
  record Lines(List<Run> runs) {}

  /** Blocks of one path. */
  record Run(StorePath path, List<Cid> cids) {}

  WarmUp(Lines lines, Paths paths, Blocks blocks) {
    this.lines = lines;
    this.paths = paths;
    this.blocks = blocks;
  }

  /**
   * Reads a record.
   *
   * @throws ConfigException when it is none
   */
  static Lines read(Path file) throws IOException, ConfigException {
    List<Run> runs = new ArrayList<>();
    int number = 0;
    try (var read = Files.lines(file)) {
      for (String line : (Iterable<String>) read::iterator) {
        if (++number > MAX_LINES) {
          throw new ConfigException("warm", file.toString(), "more than " + MAX_LINES + " lines");
        }
        int space = line.indexOf(' ');
        Cid cid = Cid.parse(line.substring(0, Math.max(space, 0)));
        StorePath path = StorePath.ofBaseName(line.substring(space + 1));
        Run last = runs.isEmpty() ? null : runs.getLast();
        if (last == null || !last.path.equals(path) || last.cids.size() == Depot.MAX_BLOCKS) {
          last = new Run(path, new ArrayList<>());
          runs.add(last);
        }
        last.cids.add(cid);
      }
    } catch (MalformedDataException | LimitExceededException | UncheckedIOException e) {
      throw new ConfigException(
          "warm", file.toString(), "line " + number + " is no 'CID STOREPATH': " + e.getMessage());
    }
    return new Lines(runs);
  }

  void start() {
    Thread.ofVirtual().name("warm").start(this::run);
  }

  private void run() {
    Map<StorePath, Boolean> attached = new LinkedHashMap<>();
    int failed = 0;
    for (Run run : lines.runs) {
      if (closed) {
        return;
      }
      try {
        if (attached.putIfAbsent(run.path, true) == null) {
          paths.attach(run.path);
        }
        // All at once, and then waited for: one batch after another, as they will be read.
        blocks.want(run.path, run.cids);
        for (Cid cid : run.cids) {
          blocks.await(cid);
        }
      } catch (IOException | FaultException e) {
        failed++;
        LOG.log(Level.DEBUG, "cannot warm path={0} why={1}", run.path, e.getMessage());
      }
    }
    LOG.log(Level.INFO, "warmed runs={0} failed={1}", Integer.toString(lines.runs.size()), failed);
  }

  @Override
  public void close() {
    closed = true;
  }
}
