package spindrift.node;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import spindrift.base.AbsentException;
import spindrift.base.FaultException;
import spindrift.base.LimitExceededException;
import spindrift.catalog.BinaryCache;
import spindrift.nix.NarInfo;
import spindrift.nix.PathInfo;
import spindrift.nix.StorePath;
import spindrift.substitute.PathSources;

/** Paths and all that they refer to, wherever they are. */
record MountClosure(DataDirectory data, PathSources sources) {
  /** Ours: the closures of some large systems. */
  private static final int MAX_PATHS = 1 << 17;

  /** Look-ups at once; each asks all sources. */
  private static final int AT_ONCE = 32;

  /**
   * The closure.
   *
   * @throws AbsentException when a root is nowhere; what others refer to may be
   */
  List<StorePath> of(List<StorePath> roots) throws IOException, FaultException {
    Set<StorePath> all = new LinkedHashSet<>(roots);
    List<StorePath> level = List.copyOf(all);
    boolean areRoots = true;
    while (!level.isEmpty()) {
      List<StorePath> next = new ArrayList<>();
      List<Optional<List<StorePath>>> references = allReferences(level);
      for (int i = 0; i < references.size(); i++) {
        if (references.get(i).isEmpty() && areRoots) {
          throw new AbsentException(level.get(i).in(data.storeDir()) + ": nobody has it");
        }
        for (StorePath reference : references.get(i).orElse(List.of())) {
          if (all.add(reference)) {
            next.add(reference);
          }
        }
      }
      if (all.size() > MAX_PATHS) {
        throw new LimitExceededException("paths of a mounted closure", MAX_PATHS);
      }
      level = next;
      areRoots = false;
    }
    return List.copyOf(all);
  }

  private List<Optional<List<StorePath>>> allReferences(List<StorePath> paths)
      throws IOException, FaultException {
    Semaphore places = new Semaphore(AT_ONCE);
    List<Future<Optional<List<StorePath>>>> asked = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (StorePath path : paths) {
        Callable<Optional<List<StorePath>>> look =
            () -> {
              places.acquire();
              try {
                return references(path);
              } finally {
                places.release();
              }
            };
        asked.add(threads.submit(look));
      }
      List<Optional<List<StorePath>>> references = new ArrayList<>();
      for (Future<Optional<List<StorePath>>> one : asked) {
        references.add(one.get());
      }
      return references;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (ExecutionException e) {
      throw new IOException("cannot find the closure: " + e.getMessage(), e);
    }
  }

  /** What is in the local store says so itself, which is quicker than a narinfo. */
  private Optional<List<StorePath>> references(StorePath path) throws IOException, FaultException {
    Optional<PathInfo> local =
        data.store().isPresent() ? data.store().get().pathInfo(path) : Optional.empty();
    if (local.isPresent()) {
      return Optional.of(local.get().references());
    }
    Optional<BinaryCache.Held> here = data.cache().held(path);
    Optional<NarInfo> info =
        here.isPresent() ? here.map(BinaryCache.Held::narInfo) : sources.find(path.hashPart());
    return info.filter(found -> found.path().equals(path)).map(NarInfo::references);
  }
}
