package spindrift.substitute;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import spindrift.base.FaultException;
import spindrift.nix.StorePath;
import spindrift.substitute.PublicObjects.PublicObject;

/**
 * A walk over references to public objects, depth first, that lists each object behind what it
 * refers to. For one thread.
 */
final class ClosureOrder {
  /** An object whose references are being walked; {@code rest} are those still to do. */
  private record Step(StorePath path, Iterator<StorePath> rest) {}

  private final PublicObjects objects;
  private final Set<StorePath> roots;
  private final Set<StorePath> seen = new HashSet<>();
  private final Set<StorePath> order = new LinkedHashSet<>();
  private final Deque<Step> steps = new ArrayDeque<>();
  private int room;
  private boolean cut;

  private ClosureOrder(PublicObjects objects, Set<StorePath> roots, int maxObjects) {
    this.objects = objects;
    this.roots = roots;
    this.room = maxObjects - roots.size();
  }

  /**
   * Objects in order.
   *
   * @param cut whether there would have been more
   */
  record Ordered(Collection<StorePath> paths, boolean cut) {}

  /** The roots and all public objects that they reach through public objects. */
  static Ordered of(PublicObjects objects, Set<StorePath> roots, int maxObjects)
      throws IOException, FaultException {
    ClosureOrder walk = new ClosureOrder(objects, roots, maxObjects);
    for (StorePath root : roots) {
      walk.walk(root);
    }
    return new Ordered(walk.order, walk.cut);
  }

  private void walk(StorePath root) throws IOException, FaultException {
    enter(root);
    while (!steps.isEmpty()) {
      Step step = steps.peek();
      if (step.rest().hasNext()) {
        enter(step.rest().next());
      } else {
        order.add(step.path());
        steps.pop();
      }
    }
  }

  private void enter(StorePath path) throws IOException, FaultException {
    if (!seen.add(path)) {
      return;
    }
    Optional<PublicObject> object = objects.find(path);
    if (object.isEmpty()) {
      return;
    }
    if (!roots.contains(path) && --room < 0) {
      cut = true;
      return;
    }
    steps.push(new Step(path, object.get().references().iterator()));
  }
}
