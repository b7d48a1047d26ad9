package spindrift.substitute;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import spindrift.base.MalformedDataException;
import spindrift.nix.StorePath;
import spindrift.store.LocalStore;

/**
 * Notices paths that Nix registers while the node runs. A path's files appear before it is valid,
 * by moments or hours; Nix removes its lock file once it is. So a path is asked about when its lock
 * goes, and now and then in case that was not seen.
 *
 * <p>Where the system has lost events, the folder's names are compared with those that were there
 * before. Paths that were there at the start are not told of. Has a thread of its own; safe for use
 * by several threads.
 */
public final class StoreWatcher implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(StoreWatcher.class.getName());
  private static final String LOCK_SUFFIX = ".lock";

  /** Ours: how soon the folder is looked through again when there was too much at once. */
  private static final Duration COMPARE_AGAIN = Duration.ofMinutes(1);

  private static final Duration CLOSING = Duration.ofSeconds(5);

  private final LocalStore store;
  private final Consumer<StorePath> registered;
  private final WatchService events;
  private final Thread thread;

  // The thread's own.
  private final PendingPaths pending = new PendingPaths(System::nanoTime);
  private NameSet known;
  private Optional<Long> compareAt = Optional.empty();

  private StoreWatcher(
      LocalStore store, Consumer<StorePath> registered, WatchService events, NameSet known) {
    this.store = store;
    this.registered = registered;
    this.events = events;
    this.known = known;
    this.thread = Thread.ofPlatform().name("store-watcher").daemon().unstarted(this::run);
  }

  /**
   * Starts to watch; what is registered after this returns is told of.
   *
   * @param registered is told of each path, on the watcher's thread
   * @throws IOException when the system cannot watch the store's folder
   */
  public static StoreWatcher start(LocalStore store, Consumer<StorePath> registered)
      throws IOException {
    Path folder = store.layout().realStoreDir();
    WatchService events = folder.getFileSystem().newWatchService();
    try {
      folder.register(
          events, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_DELETE);
      NameSet known = new NameSet();
      forEachName(folder, known::add);
      StoreWatcher watcher = new StoreWatcher(store, registered, events, known);
      watcher.thread.start();
      return watcher;
    } catch (IOException e) {
      events.close();
      throw e;
    }
  }

  private static void forEachName(Path folder, Consumer<String> names) throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      for (Path entry : entries) {
        names.accept(entry.getFileName().toString());
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  private void run() {
    try {
      while (true) {
        @Nullable WatchKey key = events.poll(waitNanos(), TimeUnit.NANOSECONDS);
        if (key != null) {
          key.pollEvents().forEach(this::seen);
          key.reset();
        }
        if (compareAt.isPresent() && System.nanoTime() - compareAt.get() >= 0) {
          compare();
        }
        ask();
      }
    } catch (ClosedWatchServiceException e) {
      LOG.log(Level.DEBUG, "watched store={0}", store.layout().realStoreDir());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private long waitNanos() {
    long most = TimeUnit.HOURS.toNanos(1);
    if (compareAt.isPresent()) {
      most = Math.max(0, compareAt.get() - System.nanoTime());
    }
    return pending.waitNanos(most);
  }

  private void seen(WatchEvent<?> event) {
    if (event.kind().equals(StandardWatchEventKinds.OVERFLOW)) {
      compareAt = Optional.of(System.nanoTime());
      return;
    }
    String name = String.valueOf(event.context());
    Optional<StorePath> path = path(name);
    if (event.kind().equals(StandardWatchEventKinds.ENTRY_CREATE)) {
      path.ifPresent(this::appeared);
      return;
    }
    path.ifPresent(pending::remove);
    if (name.endsWith(LOCK_SUFFIX)) {
      path(name.substring(0, name.length() - LOCK_SUFFIX.length()))
          .ifPresent(unlocked -> noted(pending.addNow(unlocked)));
    }
  }

  /** Also of lock files, for there are paths with such names. */
  private void appeared(StorePath path) {
    noted(pending.addSoon(path));
  }

  private void noted(boolean fitted) {
    if (!fitted && compareAt.isEmpty()) {
      compareAt = Optional.of(System.nanoTime() + COMPARE_AGAIN.toNanos());
    }
  }

  private static Optional<StorePath> path(String name) {
    try {
      return Optional.of(StorePath.ofBaseName(name));
    } catch (MalformedDataException e) {
      return Optional.empty(); // something of Nix's that is no path
    }
  }

  /** Tells of those paths that are valid by now. */
  private void ask() {
    Set<StorePath> due = pending.due();
    if (due.isEmpty()) {
      return;
    }
    try {
      for (StorePath path : store.validPaths(due)) {
        pending.remove(path);
        registered.accept(path);
      }
    } catch (IOException | MalformedDataException e) {
      LOG.log(Level.DEBUG, "not asked paths={0} reason=\"{1}\"", due.size(), e.getMessage());
    }
  }

  /** Looks through the folder for names that were not there before. */
  private void compare() {
    compareAt = Optional.empty();
    NameSet found = new NameSet();
    try {
      forEachName(
          store.layout().realStoreDir(),
          name -> {
            Optional<StorePath> path = path(name);
            boolean fits = known.contains(name) || path.isEmpty() || pending.addNow(path.get());
            noted(fits);
            if (fits) {
              found.add(name);
            }
          });
      known = found;
    } catch (IOException e) {
      LOG.log(Level.WARNING, "store not looked through reason=\"{0}\"", e.getMessage());
      noted(false);
    }
  }

  @Override
  public void close() throws IOException {
    events.close();
    try {
      thread.join(CLOSING);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
