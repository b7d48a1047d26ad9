package spindrift.node;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import spindrift.base.FaultException;
import spindrift.base.JsonObject;
import spindrift.fuse.FileTree;
import spindrift.fuse.FuseSession;
import spindrift.fuse.MountOptions;
import spindrift.mount.MountSettings;
import spindrift.mount.StoreMount;

/** The store, mounted by this process from a node that runs. Whoever starts it closes it. */
public final class Mounted implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Mounted.class.getName());

  /** How often it is noted how much was fetched, and the kernel made to list the top anew. */
  private static final Duration NOTE = Duration.ofSeconds(3);

  private final MountRegistry registry;
  private final MountSettings settings;
  private final StoreMount store;
  private final FuseSession session;
  private final Instant since = Instant.now();
  private long noted = -1;

  private Mounted(
      MountRegistry registry, MountSettings settings, StoreMount store, FuseSession session) {
    this.registry = registry;
    this.settings = settings;
    this.store = store;
    this.session = session;
  }

  /**
   * Mounts; programs can use it when this returns.
   *
   * @param data of the node
   * @throws spindrift.base.ConfigException when no node runs there
   * @throws spindrift.base.AbsentException when a path to be mounted is nowhere
   */
  public static Mounted start(Path data, MountSettings settings, MountOptions options)
      throws IOException, FaultException {
    // Beside what the node is asked, which takes about as long.
    Thread.ofPlatform().daemon().name("prepare").start(FuseSession::prepare);
    try (Opening opening = new Opening()) {
      NodeDepot depot = opening.add(NodeDepot.connect(data, settings.patience()));
      StoreMount store = opening.add(StoreMount.open(depot, settings));
      FuseSession session = opening.add(FuseSession.mount(store.tree(), options));
      Mounted mounted = new Mounted(new MountRegistry(data), settings, store, session);
      mounted.note();
      opening.succeeded();
      return mounted;
    }
  }

  /** Where it is mounted. */
  public Path directory() {
    return session.directory();
  }

  /** How many paths are shown so far. */
  public int paths() {
    return store.paths();
  }

  /** Waits until it is unmounted, by whomever. */
  public void awaitEnd() throws InterruptedException {
    while (!session.awaitEnd(NOTE)) {
      note();
      if (settings.roots().isEmpty()) {
        session.directoryChanged(FileTree.ROOT);
      }
    }
  }

  private void note() {
    long fetched = store.fetchedBytes();
    if (fetched == noted) {
      return;
    }
    noted = fetched;
    try {
      registry.put(
          JsonObject.of(
              "directory", session.directory().toString(),
              "pid", ProcessHandle.current().pid(),
              "paths", store.paths(),
              "all", settings.roots().isEmpty(),
              "requireProof", settings.demand() == MountSettings.Demand.PROVED_VIEW,
              "since", since.toString(),
              "fetchedBytes", fetched));
    } catch (IOException e) {
      LOG.log(Level.WARNING, "cannot note mount why=\"{0}\"", e.getMessage());
    }
  }

  /** Unmounts, whoever uses it. */
  @Override
  public void close() throws IOException {
    try (Opening closing = new Opening()) {
      closing.add(() -> registry.remove(ProcessHandle.current().pid()));
      closing.add(store);
      closing.add(session);
    }
  }

  /** What is mounted from the node of a data directory, by processes that live or not. */
  public static List<JsonObject> list(Path data) throws IOException, InterruptedException {
    return new MountList(data).all();
  }

  /**
   * Unmounts what another process has mounted.
   *
   * @param force whether to take it away while programs use it
   * @throws spindrift.fuse.MountException also when it is busy
   */
  public static void unmount(Path directory, Force force) throws IOException {
    MountList.unmount(directory, force);
  }

  /** What to do with a mount that is in use. */
  public enum Force {
    /** Leave it. */
    NEVER,
    /** Take it out of sight; programs that use it may finish. */
    WHEN_BUSY
  }

  /** Empty where nobody mounted. */
  static Optional<JsonObject> described(List<MountRegistry.Entry> entries, Path directory) {
    return entries.stream()
        .filter(entry -> entry.directory().filter(directory::equals).isPresent())
        .filter(MountRegistry.Entry::isAlive)
        .map(MountRegistry.Entry::description)
        .findFirst();
  }
}
