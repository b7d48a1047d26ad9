package spindrift.realise;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import spindrift.base.AbsentException;
import spindrift.base.FaultException;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;
import spindrift.nix.PathInfo;
import spindrift.nix.StorePath;
import spindrift.realise.Realiser.Scope;

/** Finds out which objects of some closures are missing and what is known of them. */
final class Planner {
  /** Ours: a whole machine's closure has some thousand paths. */
  private static final int MAX_PATHS = 1_000_000;

  private final Target target;
  private final ObjectSource source;
  private final Set<StorePath> seen = new HashSet<>();
  private final Map<StorePath, PathInfo> missing = new LinkedHashMap<>();
  private final List<PathInfo> unsigned = new ArrayList<>();
  private int present;

  Planner(Target target, ObjectSource source) {
    this.target = target;
    this.source = source;
  }

  Plan plan(Collection<StorePath> roots, Scope scope)
      throws IOException, FaultException, InterruptedException {
    Set<StorePath> wanted = new LinkedHashSet<>(roots);
    while (!wanted.isEmpty()) {
      Set<StorePath> next = new LinkedHashSet<>();
      Set<StorePath> absent = new LinkedHashSet<>();
      for (StorePath path : wanted) {
        enter(path, absent, next);
      }
      for (PathInfo info : infos(absent)) {
        missing.put(info.path(), info);
        next.addAll(info.references());
      }
      next.removeAll(seen);
      wanted = next;
      if (scope == Scope.PATHS) {
        requireValid(next);
        break;
      }
    }
    completeSignatures();
    return new Plan(inOrder(), present);
  }

  private void enter(StorePath path, Set<StorePath> absent, Set<StorePath> next)
      throws IOException, FaultException {
    seen.add(path);
    if (seen.size() > MAX_PATHS) {
      throw new LimitExceededException("paths of a closure", MAX_PATHS);
    }
    Optional<PathInfo> valid = target.claim(path);
    if (valid.isEmpty()) {
      absent.add(path);
      return;
    }
    present++;
    next.addAll(valid.get().references());
    if (mayLackSignatures(valid.get())) {
      unsigned.add(valid.get());
    }
  }

  /** As one that was registered by a process that was ended then. */
  private boolean mayLackSignatures(PathInfo info) {
    return target.signs()
        && info.signatures().isEmpty()
        && info.ca().isEmpty()
        && info.origin() == PathInfo.Origin.ELSEWHERE;
  }

  private List<PathInfo> infos(Set<StorePath> paths)
      throws IOException, FaultException, InterruptedException {
    if (paths.isEmpty()) {
      return List.of();
    }
    Map<StorePath, PathInfo> found = source.infos(paths);
    List<StorePath> lacking = paths.stream().filter(path -> !found.containsKey(path)).toList();
    if (!lacking.isEmpty()) {
      String more = lacking.size() == 1 ? "" : " and " + (lacking.size() - 1) + " more";
      throw new AbsentException("nobody has " + lacking.getFirst() + more);
    }
    return paths.stream().map(found::get).toList();
  }

  private void requireValid(Collection<StorePath> references) throws IOException, FaultException {
    for (StorePath path : references) {
      if (target.claim(path).isEmpty()) {
        throw new AbsentException(
            path + " is referred to and not in the store; with -r it is realised, too");
      }
    }
  }

  private void completeSignatures() throws IOException, FaultException, InterruptedException {
    if (unsigned.isEmpty()) {
      return;
    }
    Map<StorePath, PathInfo> known = source.infos(unsigned.stream().map(PathInfo::path).toList());
    for (PathInfo here : unsigned) {
      PathInfo there = known.get(here.path());
      if (there != null && there.narHash().equals(here.narHash())) {
        target.sign(there);
      }
    }
  }

  /** A path whose references are being walked. */
  private record Step(PathInfo info, Iterator<StorePath> rest) {}

  /** The missing objects, each behind those that it refers to. */
  private List<PathInfo> inOrder() throws MalformedDataException {
    List<PathInfo> order = new ArrayList<>(missing.size());
    Set<StorePath> entered = new HashSet<>();
    Set<StorePath> left = new HashSet<>();
    Deque<Step> steps = new ArrayDeque<>();
    for (StorePath root : missing.keySet()) {
      enter(root, entered, steps);
      while (!steps.isEmpty()) {
        Step step = steps.element();
        if (step.rest.hasNext()) {
          StorePath next = step.rest.next();
          requireNoCycle(step.info.path(), next, entered, left);
          enter(next, entered, steps);
        } else {
          order.add(step.info);
          left.add(step.info.path());
          steps.pop();
        }
      }
    }
    return order;
  }

  /** None of a cycle could ever be registered; Nix has no such paths. */
  private static void requireNoCycle(
      StorePath from, StorePath to, Set<StorePath> entered, Set<StorePath> left)
      throws MalformedDataException {
    if (!from.equals(to) && entered.contains(to) && !left.contains(to)) {
      throw new MalformedDataException(
          "narinfo", -1, from + " and " + to + " refer to each other, directly or by others");
    }
  }

  private void enter(StorePath path, Set<StorePath> entered, Deque<Step> steps) {
    PathInfo info = missing.get(path);
    if (info != null && entered.add(path)) {
      steps.push(new Step(info, info.references().iterator()));
    }
  }
}
