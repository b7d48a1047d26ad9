package spindrift.store;

import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import spindrift.base.MalformedDataException;

/**
 * Temporary roots: paths that Nix's garbage collector must leave alone for a while.
 *
 * <p>Nix drops a connection's temporary roots when the connection ends, so they are added on
 * connections of their own. There are at most two of those: the older is closed once the younger
 * has existed for the lease, so each root holds for at least one lease and at most about three
 * after it was last asked for, and roots do not pile up. For any number of threads.
 */
final class TempRoots {
  /** Adds one root on a connection. */
  interface Adder {
    void add(DaemonConnection connection, String path) throws IOException, MalformedDataException;
  }

  private record Generation(DaemonConnection connection, Set<String> paths, long startedNanos) {}

  private final ConnectionPool pool;
  private final Adder adder;
  private final Duration lease;

  private Optional<Generation> younger = Optional.empty();
  private Optional<Generation> older = Optional.empty();

  TempRoots(ConnectionPool pool, Adder adder, Duration lease) {
    this.pool = pool;
    this.adder = adder;
    this.lease = lease;
  }

  /** Makes a path a root for at least one lease from now. */
  synchronized void protect(String path) throws IOException, MalformedDataException {
    Generation generation = current();
    if (generation.paths.contains(path)) {
      return;
    }
    try {
      add(generation, path);
    } catch (LostLinkException e) {
      add(rebuilt(generation), path);
    }
  }

  private Generation current() throws IOException, MalformedDataException {
    long now = System.nanoTime();
    if (younger.isEmpty() || now - younger.get().startedNanos >= lease.toNanos()) {
      Generation fresh = new Generation(pool.connect(), new HashSet<>(), now);
      older.ifPresent(generation -> pool.discard(generation.connection));
      older = younger;
      younger = Optional.of(fresh);
    }
    return younger.get();
  }

  /** The daemon was restarted, and has forgotten its roots: tells it again. */
  private Generation rebuilt(Generation lost) throws IOException, MalformedDataException {
    pool.discard(lost.connection);
    younger = Optional.empty();
    Generation fresh = new Generation(pool.connect(), new HashSet<>(), lost.startedNanos);
    Set<String> forgotten = new HashSet<>(lost.paths);
    older.ifPresent(generation -> forgotten.addAll(generation.paths));
    older.ifPresent(generation -> pool.discard(generation.connection));
    older = Optional.empty();
    for (String path : forgotten) {
      add(fresh, path);
    }
    younger = Optional.of(fresh);
    return fresh;
  }

  private void add(Generation generation, String path) throws IOException, MalformedDataException {
    try {
      generation.connection.call(
          connection -> {
            adder.add(connection, path);
            return path;
          });
      generation.paths.add(path);
    } catch (DaemonException | LostLinkException e) {
      throw e;
    } catch (IOException | MalformedDataException e) {
      // The connection's state is unknown: its roots go with it, and are asked for again.
      pool.discard(generation.connection);
      younger = Optional.empty();
      throw e;
    }
  }
}
