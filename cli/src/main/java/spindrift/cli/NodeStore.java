package spindrift.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import spindrift.base.AbsentException;
import spindrift.base.FaultException;
import spindrift.nix.PathInfo;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;
import spindrift.realise.ObjectSource;
import spindrift.store.OfferedStore;

/**
 * What a node has and can get, as a store: chosen closures, or every path that is asked for. What
 * was once valid stays valid, as Nix expects of a lower store. For any number of threads.
 */
final class NodeStore implements OfferedStore {
  /** Ours: some hundred megabytes of path infos; more are not remembered. */
  private static final int MAX_KNOWN = 1_000_000;

  private final NodeObjects node;
  private final boolean isChosen;
  private final Map<StorePath, PathInfo> known = new ConcurrentHashMap<>();

  private NodeStore(NodeObjects node, boolean isChosen) {
    this.node = node;
    this.isChosen = isChosen;
  }

  /** Every path that the node can find. */
  static NodeStore ofAll(NodeObjects node) {
    return new NodeStore(node, false);
  }

  /**
   * The closures of these paths and nothing else.
   *
   * @throws AbsentException when nobody has one of their paths
   */
  static NodeStore ofClosures(NodeObjects node, Collection<StorePath> roots)
      throws IOException, FaultException {
    NodeStore store = new NodeStore(node, true);
    Deque<Set<StorePath>> rounds = new ArrayDeque<>();
    rounds.add(Set.copyOf(roots));
    while (!rounds.isEmpty()) {
      Set<StorePath> asked = rounds.remove();
      store.learn(asked);
      Set<StorePath> next = new HashSet<>();
      for (StorePath path : asked) {
        PathInfo info = store.known.get(path);
        if (info == null) {
          throw new AbsentException("nobody has " + path);
        }
        next.addAll(info.references());
      }
      next.removeAll(store.known.keySet());
      if (!next.isEmpty()) {
        rounds.add(next);
      }
    }
    return store;
  }

  private void learn(Set<StorePath> paths) throws IOException, FaultException {
    if (known.size() < MAX_KNOWN) {
      known.putAll(node.infos(paths));
    }
  }

  @Override
  public StoreDir storeDir() {
    return StoreDir.DEFAULT;
  }

  @Override
  public Optional<PathInfo> pathInfo(StorePath path) throws IOException, FaultException {
    if (!isChosen && !known.containsKey(path)) {
      learn(Set.of(path));
    }
    return Optional.ofNullable(known.get(path));
  }

  @Override
  public Optional<StorePath> byHashPart(String hashPart) throws IOException, FaultException {
    Optional<StorePath> found =
        known.keySet().stream().filter(path -> path.hashPart().equals(hashPart)).findFirst();
    if (found.isEmpty() && !isChosen) {
      return node.byHashPart(hashPart).map(PathInfo::path);
    }
    return found;
  }

  @Override
  public Set<StorePath> validPaths(Set<StorePath> paths) throws IOException, FaultException {
    if (!isChosen) {
      learn(paths.stream().filter(path -> !known.containsKey(path)).collect(Collectors.toSet()));
    }
    return paths.stream().filter(known::containsKey).collect(Collectors.toSet());
  }

  @Override
  public Set<StorePath> allPaths() {
    return Set.copyOf(known.keySet());
  }

  @Override
  public void writeNar(PathInfo info, OutputStream out) throws IOException, FaultException {
    try (var nar = node.nar(info, ObjectSource.Form.CHECKED)) {
      nar.bytes().transferTo(out);
    }
  }
}
