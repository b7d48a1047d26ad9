package spindrift.catalog;

import java.util.List;
import spindrift.nix.NarInfo;

/** What is to be believed of a store object, after all that sources said of it so far. */
public sealed interface Verdict {
  /** Why, one reason a line, for people to read. */
  List<String> reasons();

  /**
   * The object is used.
   *
   * @param info with the right signatures of all sources that agree, and no others
   */
  record Accepted(NarInfo info, List<String> reasons) implements Verdict {
    public Accepted {
      reasons = List.copyOf(reasons);
    }
  }

  /** Nothing is wrong, but more has to be said by others: too few have signed it. */
  record Open(List<String> reasons) implements Verdict {
    public Open {
      reasons = List.copyOf(reasons);
    }
  }

  /** Trusted keys have signed different things, or the path is not one that can be so. */
  record Refused(List<String> reasons) implements Verdict {
    public Refused {
      reasons = List.copyOf(reasons);
    }
  }
}
