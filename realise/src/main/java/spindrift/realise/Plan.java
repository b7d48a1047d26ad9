package spindrift.realise;

import java.util.List;
import spindrift.nix.PathInfo;

/**
 * What is to be done.
 *
 * @param todo objects that are not valid, each behind those that it refers to
 * @param present how many of the wanted paths are valid
 */
record Plan(List<PathInfo> todo, int present) {
  Plan {
    todo = List.copyOf(todo);
  }
}
