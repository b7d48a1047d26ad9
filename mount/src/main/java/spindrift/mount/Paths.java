package spindrift.mount;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import spindrift.base.FaultException;
import spindrift.base.IntegrityException;
import spindrift.base.LimitExceededException;
import spindrift.catalog.ViewOutline;
import spindrift.fuse.Errno;
import spindrift.fuse.FileTree;
import spindrift.fuse.FuseException;
import spindrift.nix.StorePath;

/**
 * The paths that were looked at, each with its tree. A path's tree is read once, and stays until
 * the end of the mount. Safe for use by several threads.
 */
final class Paths {
  private static final System.Logger LOG = System.getLogger(Paths.class.getName());

  /** Ours: a million and a half files, 80 bytes each. */
  private static final long MAX_TREE_BYTES =
      Math.min(128L << 20, Runtime.getRuntime().maxMemory() / 4);

  private final Depot depot;
  private final Blocks blocks;
  private final OpenFiles files;
  private final MountSettings.Demand demand;
  private final Map<StorePath, Entry> entries = new HashMap<>();
  private final List<Attached> byBase = new ArrayList<>();
  private long nextNode = FileTree.ROOT + 1;
  private long treeBytes;

  /** One path; its lock is held while it is being attached. */
  private static final class Entry {
    final ReentrantLock lock = new ReentrantLock();
    int users;
    volatile Optional<Attached> attached = Optional.empty();
    volatile Check check = Check.NONE;
    volatile Optional<PathRecord> proved = Optional.empty();
  }

  /** How far the check of a path that has to be proved has come. */
  private enum Check {
    NONE,
    RUNNING,
    REFUTED
  }

  Paths(Depot depot, Blocks blocks, OpenFiles files, MountSettings.Demand demand) {
    this.depot = depot;
    this.blocks = blocks;
    this.files = files;
    this.demand = demand;
  }

  /** A path that was attached. */
  Optional<Attached> find(StorePath path) {
    Entry entry;
    synchronized (this) {
      entry = entries.get(path);
    }
    return entry == null ? Optional.empty() : entry.attached;
  }

  /** The path that a node belongs to. */
  synchronized Attached of(long node) throws FuseException {
    int low = 0;
    int high = byBase.size() - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      Attached path = byBase.get(middle);
      if (node < path.base()) {
        high = middle - 1;
      } else if (node >= path.base() + path.tree().rows()) {
        low = middle + 1;
      } else {
        return path;
      }
    }
    throw new FuseException(Errno.ESTALE, "no node " + node);
  }

  synchronized List<Attached> all() {
    return List.copyOf(byBase);
  }

  /**
   * Attaches a path, where somebody has it.
   *
   * @throws FuseException with EAGAIN when it has to be proved and is not yet, with EACCES when it
   *     was refuted
   */
  Optional<Attached> attach(StorePath path) throws IOException, FaultException {
    Entry entry;
    synchronized (this) {
      entry = entries.computeIfAbsent(path, any -> new Entry());
      entry.users++;
    }
    try {
      return entry.attached.isPresent() ? entry.attached : attach(path, entry);
    } finally {
      leave(path, entry);
    }
  }

  private Optional<Attached> attach(StorePath path, Entry entry)
      throws IOException, FaultException {
    try {
      entry.lock.lockInterruptibly();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FuseException(Errno.EINTR, "interrupted");
    }
    try {
      if (entry.attached.isEmpty()) {
        Optional<PathRecord> record = record(path, entry);
        if (record.isPresent()) {
          entry.attached = Optional.of(add(record.get(), tree(record.get())));
        }
      }
      return entry.attached;
    } finally {
      entry.lock.unlock();
    }
  }

  /** Names that nobody has are not kept: there is no end of them. */
  private synchronized void leave(StorePath path, Entry entry) {
    entry.users--;
    if (entry.attached.isEmpty() && entry.check == Check.NONE && entry.users == 0) {
      entries.remove(path, entry);
    }
  }

  private Optional<PathRecord> record(StorePath path, Entry entry)
      throws IOException, FaultException {
    if (entry.check == Check.REFUTED) {
      throw new FuseException(Errno.EACCES, path + " is not what its NarHash says");
    }
    if (entry.proved.isPresent()) {
      return entry.proved;
    }
    if (entry.check == Check.RUNNING) {
      throw new FuseException(Errno.EAGAIN, path + " is still being checked");
    }
    Optional<PathRecord> record = depot.resolve(path, blocks::offer);
    if (record.isEmpty()
        || demand == MountSettings.Demand.ANY_VIEW
        || record.get().proof() == PathRecord.Proof.PROVED) {
      return record;
    }
    entry.check = Check.RUNNING;
    Thread.ofVirtual().name("prove").start(() -> prove(record.get(), entry));
    throw new FuseException(Errno.EAGAIN, path + " is not proved yet and is being checked");
  }

  private void prove(PathRecord record, Entry entry) {
    Check after = Check.NONE;
    try {
      entry.proved = Optional.of(depot.prove(record));
      LOG.log(Level.INFO, "proved path={0}", record.path());
    } catch (IntegrityException e) {
      after = Check.REFUTED;
      LOG.log(
          Level.WARNING,
          "refuse path={0} view={1} source={2} why=\"{3}\"",
          record.path(),
          record.narView(),
          record.source(),
          e.getMessage());
    } catch (IOException | FaultException | RuntimeException e) {
      LOG.log(Level.WARNING, "cannot prove path={0} why=\"{1}\"", record.path(), e.getMessage());
    } finally {
      entry.check = after;
    }
  }

  private PathTree tree(PathRecord record) throws IOException, FaultException {
    PathTreeBuilder builder = new PathTreeBuilder(treeRoom());
    ViewOutline.read(
        record.narView(), record.narSize(), new ViewLoader(record.path(), blocks, files), builder);
    return builder.build();
  }

  private synchronized long treeRoom() {
    return MAX_TREE_BYTES - treeBytes;
  }

  private synchronized Attached add(PathRecord record, PathTree tree)
      throws LimitExceededException {
    if (treeBytes + tree.memory() > MAX_TREE_BYTES) {
      throw new LimitExceededException("memory for the trees of a mount", MAX_TREE_BYTES);
    }
    Attached attached = new Attached(record, tree, nextNode, Attached.inodeOf(record.path()));
    nextNode += tree.rows();
    treeBytes += tree.memory();
    byBase.add(attached);
    return attached;
  }
}
