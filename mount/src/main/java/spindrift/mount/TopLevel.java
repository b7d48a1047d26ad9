package spindrift.mount;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import spindrift.nix.StorePath;

/**
 * The names that the top directory has shown, in the order in which they were: a name keeps its
 * place when others come. Safe for use by several threads.
 */
final class TopLevel {
  private final List<StorePath> names = new ArrayList<>();
  private final Set<StorePath> seen = new HashSet<>();

  synchronized void add(Iterable<StorePath> paths) {
    for (StorePath path : paths) {
      if (seen.add(path)) {
        names.add(path);
      }
    }
  }

  synchronized boolean contains(StorePath path) {
    return seen.contains(path);
  }

  /** Those from a place on. */
  synchronized List<StorePath> from(int place) {
    return List.copyOf(names.subList(Math.min(place, names.size()), names.size()));
  }

  synchronized int size() {
    return names.size();
  }
}
