package spindrift.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import spindrift.base.AbsentException;
import spindrift.base.IntegrityException;
import spindrift.base.MalformedDataException;
import spindrift.nix.PathInfo;
import spindrift.nix.Realisation;
import spindrift.nix.StorePath;

/**
 * A store behind a Nix daemon, spoken to in the worker protocol: the one on the machine's socket,
 * or a {@code nix-daemon --stdio} of our own.
 *
 * <p>Look-ups and transfers have connections of their own, so that a few slow downloads do not keep
 * path info waiting.
 */
public final class DaemonStore implements LocalStore {
  /** Ours: a daemon on this machine that says nothing for so long is stuck. */
  static final Duration DEADLINE = Duration.ofSeconds(60);

  /** Ours: how long {@link #protect} holds at least; longer than any single download. */
  static final Duration ROOT_LEASE = Duration.ofHours(1);

  /**
   * Ours: the look-ups of a Nix client, which asks for up to 25 paths at once, take microseconds.
   */
  static final int MAX_LOOKUPS = 4;

  /** Ours: Nix clients fetch up to 16 NARs at once, and one client at a time is the rule. */
  static final int MAX_TRANSFERS = 16;

  /** Ours: longer than a session at a terminal; the question costs the daemon a process. */
  private static final Duration NO_REALISATIONS = Duration.ofHours(1);

  /** The protocol of Nix 2.3. */
  private static final int NIX_2_3 = 21;

  private final StoreLayout layout;
  private final DaemonOperations operations;
  private final Watchdog watchdog = new Watchdog();
  private final ConnectionPool lookups;
  private final ConnectionPool transfers;
  private final TempRoots roots;
  private volatile long noRealisationsUntil = System.nanoTime();

  DaemonStore(StoreLayout layout, DaemonEndpoint endpoint, Duration deadline) {
    this.layout = layout;
    this.operations = new DaemonOperations(layout.storeDir());
    this.lookups = new ConnectionPool(endpoint, watchdog, deadline, MAX_LOOKUPS);
    this.transfers = new ConnectionPool(endpoint, watchdog, deadline, MAX_TRANSFERS);
    this.roots = new TempRoots(lookups, operations::addTempRoot, ROOT_LEASE);
  }

  /** What the daemon says of itself; connects unless a connection is there. */
  public DaemonInfo about() throws IOException, MalformedDataException {
    return lookups.call(DaemonConnection::info);
  }

  @Override
  public StoreLayout layout() {
    return layout;
  }

  @Override
  public Optional<PathInfo> pathInfo(StorePath path) throws IOException, MalformedDataException {
    return lookups.call(daemon -> operations.pathInfo(daemon, path));
  }

  @Override
  public Optional<StorePath> byHashPart(String hashPart)
      throws IOException, MalformedDataException {
    requireHashPart(hashPart);
    return lookups.call(daemon -> operations.byHashPart(daemon, hashPart));
  }

  @Override
  public Optional<Realisation> realisation(Realisation.Id id)
      throws IOException, MalformedDataException {
    if (noRealisationsUntil - System.nanoTime() > 0) {
      return Optional.empty();
    }
    try {
      return lookups.call(daemon -> operations.realisation(daemon, id));
    } catch (DaemonException e) {
      // Most daemons do not have the experimental feature, and so have none.
      return Optional.empty();
    } catch (LostLinkException e) {
      // Of those without it some hang up at the question; that is not asked for again soon.
      noRealisationsUntil = System.nanoTime() + NO_REALISATIONS.toNanos();
      return Optional.empty();
    }
  }

  @Override
  public Set<StorePath> validPaths(Set<StorePath> paths)
      throws IOException, MalformedDataException {
    return lookups.call(daemon -> operations.validPaths(daemon, paths));
  }

  @Override
  public Set<StorePath> allPaths() throws IOException, MalformedDataException {
    return lookups.call(operations::allPaths);
  }

  @Override
  public void protect(StorePath path) throws IOException, MalformedDataException, AbsentException {
    roots.protect(path.in(storeDir()));
    // Only now: a path that was valid before it was a root may have been collected in between.
    if (pathInfo(path).isEmpty()) {
      throw absent(path);
    }
  }

  @Override
  public void dumpNar(StorePath path, OutputStream out)
      throws IOException, MalformedDataException, AbsentException, IntegrityException {
    PathInfo info = pathInfo(path).orElseThrow(() -> absent(path));
    if (looksInTheWrongPlace()) {
      protect(path);
      NarDump.copy(realPath(path), info, storeDir(), out);
      return;
    }
    try (ConnectionPool.Lease<PathInfo> lease = transfers.begin(daemon -> start(daemon, info))) {
      lease.connection().copy(daemon -> operations.copyNar(daemon, info, out));
      lease.keep();
    }
  }

  @Override
  public void add(PathInfo info, InputStream nar) throws IOException, MalformedDataException {
    // Greeted first: the NAR can be read only once, so a connection must not turn out to be dead.
    try (ConnectionPool.Lease<Boolean> lease =
        transfers.begin(
            daemon -> operations.byHashPart(daemon, info.path().hashPart()).isPresent())) {
      lease
          .connection()
          .call(
              daemon -> {
                operations.add(daemon, info, nar);
                return info;
              });
      lease.keep();
    }
  }

  @Override
  public void close() {
    lookups.close();
    transfers.close();
    watchdog.close();
  }

  static void requireHashPart(String hashPart) {
    if (!StorePath.isHashPart(hashPart)) {
      throw new IllegalArgumentException("not a hash part: " + hashPart);
    }
  }

  /** Nix 2.3 dumps the NAR of a chroot store's path from the host's store. */
  private boolean looksInTheWrongPlace() throws IOException, MalformedDataException {
    return about().protocolMinor() <= NIX_2_3
        && !layout.realStoreDir().equals(Path.of(storeDir().path()));
  }

  private PathInfo start(DaemonConnection daemon, PathInfo info)
      throws IOException, MalformedDataException {
    operations.startNar(daemon, info.path());
    return info;
  }

  private AbsentException absent(StorePath path) {
    return new AbsentException(path.in(storeDir()) + " is not valid");
  }
}
