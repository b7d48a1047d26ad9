package spindrift.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;
import java.util.Set;
import spindrift.base.AbsentException;
import spindrift.base.IntegrityException;
import spindrift.base.MalformedDataException;
import spindrift.base.RefusedException;
import spindrift.nix.PathInfo;
import spindrift.nix.StorePath;

/**
 * A store whose database answers the look-ups, while a daemon does what only Nix may do. No daemon
 * runs until it is needed.
 */
final class LayeredStore implements LocalStore {
  private final LocalStore database;
  private final LocalStore daemon;

  /** Owns both. */
  LayeredStore(LocalStore database, LocalStore daemon) {
    this.database = database;
    this.daemon = daemon;
  }

  @Override
  public StoreLayout layout() {
    return database.layout();
  }

  @Override
  public Optional<PathInfo> pathInfo(StorePath path) throws IOException, MalformedDataException {
    return database.pathInfo(path);
  }

  @Override
  public Optional<StorePath> byHashPart(String hashPart)
      throws IOException, MalformedDataException {
    return database.byHashPart(hashPart);
  }

  @Override
  public Set<StorePath> validPaths(Set<StorePath> paths)
      throws IOException, MalformedDataException {
    return database.validPaths(paths);
  }

  @Override
  public Set<StorePath> allPaths() throws IOException, MalformedDataException {
    return database.allPaths();
  }

  @Override
  public void protect(StorePath path) throws IOException, MalformedDataException, AbsentException {
    daemon.protect(path);
  }

  @Override
  public void dumpNar(StorePath path, OutputStream out)
      throws IOException, MalformedDataException, AbsentException, IntegrityException {
    daemon.dumpNar(path, out);
  }

  @Override
  public void add(PathInfo info, InputStream nar)
      throws IOException, MalformedDataException, RefusedException {
    daemon.add(info, nar);
  }

  @Override
  public void close() {
    try (daemon) {
      database.close();
    }
  }
}
