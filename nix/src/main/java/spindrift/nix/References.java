package spindrift.nix;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * The references of a store object whose path is yet to be computed: the other objects, sorted, and
 * whether it refers to itself.
 */
public final class References {
  /** No references at all. */
  public static final References NONE = new References(List.of(), false);

  private final List<StorePath> others;
  private final boolean self;

  private References(List<StorePath> others, boolean self) {
    this.others = others;
    this.self = self;
  }

  /** References to other objects only. */
  public static References to(Collection<StorePath> others) {
    return new References(others.stream().sorted().distinct().toList(), false);
  }

  /** The references of an object whose path is known. */
  public static References of(StorePath path, Collection<StorePath> all) {
    List<StorePath> others = new ArrayList<>(all);
    boolean self = others.removeIf(path::equals);
    References references = to(others);
    return self ? references.withSelf() : references;
  }

  /** The same and to itself. */
  public References withSelf() {
    return new References(others, true);
  }

  public List<StorePath> others() {
    return others;
  }

  public boolean hasSelf() {
    return self;
  }

  public boolean isEmpty() {
    return others.isEmpty() && !self;
  }
}
