package spindrift.mount;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.MalformedDataException;
import spindrift.fuse.Answer;
import spindrift.fuse.Attributes;
import spindrift.fuse.Capacity;
import spindrift.fuse.Content;
import spindrift.fuse.Directory;
import spindrift.fuse.Errno;
import spindrift.fuse.FileTree;
import spindrift.fuse.FileType;
import spindrift.fuse.FuseException;
import spindrift.fuse.Lookup;
import spindrift.nix.StorePath;

/** What the kernel is shown: a directory of store paths. Safe for use by several threads. */
final class StoreTree implements FileTree {
  private static final System.Logger LOG = System.getLogger(StoreTree.class.getName());

  /** Ours: somebody may come who has it; Nix itself remembers longer. */
  private static final Duration ABSENCE = Duration.ofSeconds(1);

  /** Ours: as long as a node needs to find its peers. */
  private static final long LISTED_NANOS = 5_000_000_000L;

  private static final long PAUSE_NANOS = 200_000_000;

  private static final long FRESH_NANOS = 2_000_000_000L;

  private static final Attributes TOP =
      new Attributes(ROOT, FileType.DIRECTORY, 0555, 4096, 8, 2, 1, 0, 0);

  private final Paths paths;
  private final FileContents contents;
  private final TopLevel top;
  private final Depot depot;
  private final MountSettings settings;
  private volatile long refreshed = System.nanoTime() - 2 * FRESH_NANOS;

  StoreTree(Paths paths, FileContents contents, TopLevel top, Depot depot, MountSettings settings) {
    this.paths = paths;
    this.contents = contents;
    this.top = top;
    this.depot = depot;
    this.settings = settings;
  }

  private boolean isOpen() {
    return settings.roots().isEmpty();
  }

  @Override
  public Answer<Lookup> lookup(long parent, Bytes name) throws FuseException {
    if (parent != ROOT) {
      Attached path = paths.of(parent);
      int row = path.tree().find(directory(path, parent), name.toArray());
      return Answer.now(row < 0 ? Lookup.Absent.FOR_EVER : entry(path, row));
    }
    Optional<StorePath> named = storePath(name);
    if (named.isEmpty() || (!isOpen() && !top.contains(named.get()))) {
      return Answer.now(Lookup.Absent.FOR_EVER);
    }
    StorePath wanted = named.get();
    Optional<Attached> known = paths.find(wanted);
    if (known.isPresent()) {
      return Answer.now(entry(known.get(), PathTree.ROOT));
    }
    return later("look up", wanted.baseName(), () -> find(wanted));
  }

  private Lookup find(StorePath wanted) throws IOException, FaultException {
    Optional<Attached> found = paths.attach(wanted);
    long until = System.nanoTime() + LISTED_NANOS;
    // Who was listed is somewhere: the node may just have begun to look for its peers.
    while (found.isEmpty() && top.contains(wanted) && System.nanoTime() - until < 0) {
      LockSupport.parkNanos(PAUSE_NANOS);
      if (Thread.interrupted()) {
        throw new InterruptedIOException("interrupted");
      }
      found = paths.attach(wanted);
    }
    if (found.isEmpty()) {
      return new Lookup.Absent(ABSENCE);
    }
    top.add(List.of(wanted));
    return entry(found.get(), PathTree.ROOT);
  }

  private static Optional<StorePath> storePath(Bytes name) {
    try {
      return Optional.of(StorePath.ofBaseName(name.display()));
    } catch (MalformedDataException e) {
      return Optional.empty();
    }
  }

  private static Lookup.Entry entry(Attached path, int row) {
    return new Lookup.Entry(path.node(row), path.attributes(row));
  }

  @Override
  public Attributes attributes(long node) throws FuseException {
    if (node == ROOT) {
      return TOP;
    }
    Attached path = paths.of(node);
    return path.attributes(path.row(node));
  }

  @Override
  public Answer<Directory> directory(long node) throws FuseException {
    if (node != ROOT) {
      Attached path = paths.of(node);
      return Answer.now(new PathDirectory(path, directory(path, node)));
    }
    if (!isOpen()) {
      return Answer.now(new TopDirectory(top, paths));
    }
    return later(
        "list",
        "the top directory",
        () -> {
          refresh();
          return new TopDirectory(top, paths);
        });
  }

  /** A long list is asked for in many parts. */
  private void refresh() throws IOException, FaultException {
    long now = System.nanoTime();
    if (now - refreshed > FRESH_NANOS) {
      top.add(depot.known());
      refreshed = System.nanoTime();
    }
  }

  private static int directory(Attached path, long node) throws FuseException {
    int row = path.row(node);
    if (!path.tree().isDirectory(row)) {
      throw new FuseException(Errno.ENOTDIR, "node " + node);
    }
    return row;
  }

  @Override
  public Answer<Bytes> linkTarget(long node) throws FuseException {
    Attached path = paths.of(node);
    int row = path.row(node);
    if (path.tree().kind(row) != PathTree.Kind.SYMLINK) {
      throw new FuseException(Errno.EINVAL, "node " + node);
    }
    return Answer.now(path.tree().target(row));
  }

  @Override
  public Answer<Content> read(long node, long offset, int size) throws FuseException {
    Attached path = paths.of(node);
    int row = path.row(node);
    if (!path.tree().isFile(row)) {
      throw new FuseException(Errno.EISDIR, "node " + node);
    }
    FileContents.Range range = new FileContents.Range(path, row, offset, size);
    try {
      Optional<Content> here = contents.readHere(range);
      if (here.isPresent()) {
        return Answer.now(here.get());
      }
    } catch (IOException | FaultException e) {
      throw refused("read", path.path().baseName(), e);
    }
    return later("read", path.path().baseName(), () -> contents.read(range));
  }

  @Override
  public Answer<List<Bytes>> extendedAttributes(long node) throws FuseException {
    return Answer.now(node == ROOT ? List.of() : List.copyOf(described(node).keySet()));
  }

  @Override
  public Answer<Optional<Bytes>> extendedAttribute(long node, Bytes name) throws FuseException {
    return Answer.now(
        node == ROOT ? Optional.empty() : Optional.ofNullable(described(node).get(name)));
  }

  private Map<Bytes, Bytes> described(long node) throws FuseException {
    Attached path = paths.of(node);
    return Markings.of(path, path.row(node));
  }

  @Override
  public Capacity capacity() {
    long bytes = 0;
    long files = 1;
    for (Attached path : paths.all()) {
      bytes += path.record().narSize();
      files += path.tree().rows();
    }
    return new Capacity(bytes, files);
  }

  private <T> Answer<T> later(String what, String name, Callable<? extends T> work) {
    return Answer.later(
        settings.patience(),
        () -> {
          try {
            return work.call();
          } catch (IOException | FaultException e) {
            throw refused(what, name, e);
          }
        });
  }

  /** What programs see of a failure, which is logged here and nowhere else. */
  private static FuseException refused(String what, String name, Exception cause) {
    if (cause instanceof FuseException known) {
      return known;
    }
    if (cause instanceof InterruptedIOException) {
      return new FuseException(Errno.EINTR, "interrupted", cause);
    }
    LOG.log(
        Level.WARNING, "cannot {0} path={1} errno=EIO why=\"{2}\"", what, name, cause.getMessage());
    return new FuseException(Errno.EIO, String.valueOf(cause.getMessage()), cause);
  }
}
