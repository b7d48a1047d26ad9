package spindrift.store;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import spindrift.base.AbsentException;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;
import spindrift.nix.StorePath;

/** A walk over references, depth first, that lists each path behind what it refers to. */
final class ClosureWalk {
  /** Ours: a whole machine's closure has some thousand paths. */
  static final int MAX_PATHS = 1_000_000;

  /** A path whose references are being walked; {@code rest} are those still to do. */
  private record Step(StorePath path, Iterator<StorePath> rest) {}

  private final LocalStore store;
  private final Set<StorePath> seen = new HashSet<>();
  private final Deque<Step> steps = new ArrayDeque<>();

  ClosureWalk(LocalStore store) {
    this.store = store;
  }

  List<StorePath> of(Collection<StorePath> roots)
      throws IOException, MalformedDataException, AbsentException, LimitExceededException {
    List<StorePath> order = new ArrayList<>();
    for (StorePath root : new TreeSet<>(roots)) {
      enter(root);
      while (!steps.isEmpty()) {
        Step step = steps.peek();
        if (step.rest.hasNext()) {
          enter(step.rest.next());
        } else {
          order.add(step.path);
          steps.pop();
        }
      }
    }
    return order;
  }

  private void enter(StorePath path)
      throws IOException, MalformedDataException, AbsentException, LimitExceededException {
    if (!seen.add(path)) {
      return;
    }
    if (seen.size() > MAX_PATHS) {
      throw new LimitExceededException("paths of a closure", MAX_PATHS);
    }
    List<StorePath> references =
        store
            .pathInfo(path)
            .orElseThrow(() -> new AbsentException(path.in(store.storeDir()) + " is not valid"))
            .references();
    steps.push(new Step(path, references.iterator()));
  }
}
