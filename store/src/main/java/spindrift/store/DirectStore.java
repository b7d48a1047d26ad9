package spindrift.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import spindrift.base.Bytes;
import spindrift.base.Digests;
import spindrift.base.FaultException;
import spindrift.base.IntegrityException;
import spindrift.base.MalformedDataException;
import spindrift.nix.NarReader;
import spindrift.nix.Nix32;
import spindrift.nix.NixHash;
import spindrift.nix.PathInfo;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;

/**
 * A store whose files this process may write as Nix does, and which Nix then is told of.
 *
 * <p>An object is written beside its place, under a name that is a store path's and a temporary
 * root, hashed meanwhile, and renamed. All that happens under Nix's lock of the path, which is held
 * until the path is registered. In a store that Nix has optimised, files are hard links to those
 * with the same contents, as Nix would make them; elsewhere those that lie on this machine already
 * are clones of these or links to them. So at any time, and after a power cut as far as Nix's own
 * writing goes, the path is either valid and whole, or not valid; what is left over then is what
 * Nix's garbage collector removes anyway. Safe for use by several threads. Whoever opened it closes
 * it.
 */
public final class DirectStore implements AutoCloseable {
  private static final int HASH_PART_BYTES = 20;

  private final StoreLayout layout;
  private final Registry registry;
  private final Syncing syncing;
  private final Optional<StoreLinks> links;
  private final SameFiles same;
  private final WritingCrew crew = new WritingCrew();

  /** Whether files are on the disk when they are registered. */
  public enum Syncing {
    /** When the system likes, as Nix does unless told otherwise. */
    LATER,
    /** Before, as Nix does where {@code fsync-store-paths} is set. */
    FIRST
  }

  DirectStore(StoreLayout layout, Registry registry, Syncing syncing) {
    this.syncing = syncing;
    this.layout = layout;
    this.registry = registry;
    this.links = StoreLinks.of(layout.realStoreDir());
    this.same = new SameFiles(layout.realStoreDir());
  }

  /** Where the store's files are. */
  public StoreLayout layout() {
    return layout;
  }

  /** What Nix knows of a path; empty where it is not valid. */
  public Optional<PathInfo> pathInfo(StorePath path) throws IOException, MalformedDataException {
    return registry.info(path);
  }

  /** Keeps Nix's garbage collector from paths, valid or not, until this is closed. */
  public void protect(Collection<StorePath> paths) throws IOException, MalformedDataException {
    registry.root(paths);
  }

  /** An object whose files are in place, and which nobody else can register meanwhile. */
  public final class Placed implements AutoCloseable {
    private final PathInfo info;
    private final PathLock lock;
    private boolean registered;

    private Placed(PathInfo info, PathLock lock) {
      this.info = info;
      this.lock = lock;
    }

    /** What it will be registered as. */
    public PathInfo info() {
      return info;
    }

    /**
     * Lets others have the path; takes the files away again where it was not registered. Where that
     * cannot be known they stay, for Nix to use or to collect.
     */
    @Override
    public void close() throws IOException {
      try (lock) {
        if (!registered && registry.info(info.path()).isEmpty()) {
          TreeRemoval.remove(layout.realPath(info.path()));
        }
      } catch (MalformedDataException e) {
        throw new IOException(e);
      }
    }
  }

  /**
   * Puts an object's files in place. What is there and not valid is replaced. Waits while another
   * process writes the path.
   *
   * @param nar read up to its end; left open
   * @return what is to be registered and then closed; empty where the path is valid already
   * @throws IntegrityException when the NAR is not that of the object; nothing is left of it
   */
  public Optional<Placed> place(PathInfo info, NarBytes nar) throws IOException, FaultException {
    PathLock lock = PathLock.acquire(layout.realPath(info.path()));
    boolean placed = false;
    try {
      if (registry.info(info.path()).isEmpty()) {
        write(info, nar);
        placed = true;
        return Optional.of(new Placed(info, lock));
      }
      return Optional.empty();
    } finally {
      if (!placed) {
        lock.close();
      }
    }
  }

  /** Where an object's NAR comes from, opened only when it is needed. */
  @FunctionalInterface
  public interface NarBytes {
    /** Closed by the caller. */
    InputStream open() throws IOException, FaultException;
  }

  /** Makes objects valid, whose references are valid or among them: all of them or none. */
  public void register(List<Placed> placed) throws IOException, MalformedDataException {
    switch (syncing) {
      case LATER -> {}
      case FIRST -> Linux.syncFileSystem(layout.realStoreDir());
    }
    registry.register(placed.stream().map(Placed::info).toList());
    placed.forEach(one -> one.registered = true);
  }

  /** Gives a valid path signatures that it does not have. */
  public void sign(PathInfo info) throws IOException, MalformedDataException {
    registry.sign(info.path(), info.signatures());
  }

  private void write(PathInfo info, NarBytes nar) throws IOException, FaultException {
    StorePath beside = beside(info.path(), layout.storeDir());
    registry.root(List.of(beside));
    Path partial = layout.realPath(beside);
    TreeRemoval.remove(partial);
    WritingCrew.Job job = crew.job();
    boolean done = false;
    try (InputStream in = nar.open()) {
      NarInput input = new NarInput(in);
      TreeWriter tree = new TreeWriter(input, partial, job, links, same);
      NarReader reader = new NarReader(input);
      reader.read(tree);
      reader.expectEnd();
      requireSame(info, input.hash());
      tree.finish();
      Path target = layout.realPath(info.path());
      TreeRemoval.remove(target);
      Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
      done = true;
    } finally {
      job.settle();
      if (!done) {
        TreeRemoval.remove(partial);
      }
    }
  }

  private void requireSame(PathInfo info, NixHash actual) throws IntegrityException {
    if (!actual.equals(info.narHash())) {
      throw new IntegrityException(
          info.narHash().toString(),
          actual.toString(),
          "the NAR of " + info.path().in(layout.storeDir()));
    }
  }

  /**
   * The store path under which another is written: always the same, so that what a killed process
   * left is found again.
   */
  static StorePath beside(StorePath path, StoreDir store) {
    byte[] text = ("spindrift:realise:" + path.in(store)).getBytes(StandardCharsets.UTF_8);
    Bytes hash = Bytes.owning(Digests.sha256().digest(text));
    return new StorePath(Nix32.encode(hash.slice(0, HASH_PART_BYTES)), "unfinished");
  }

  @Override
  public void close() throws IOException {
    crew.close();
    registry.close();
  }
}
