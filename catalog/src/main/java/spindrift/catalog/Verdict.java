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
   * @param info with the right signatures of all sources that agree, and no others; with none at
   *     all where its contents have to prove it
   */
  record Accepted(NarInfo info, List<String> reasons) implements Verdict {
    public Accepted {
      reasons = List.copyOf(reasons);
    }
  }

  /** Too few have signed it; others may say more. */
  record Open(List<String> reasons) implements Verdict {
    public Open {
      reasons = List.copyOf(reasons);
    }
  }

  /**
   * Nobody can say anything that would make it accepted: trusted keys have signed different things,
   * or the rules take nothing.
   */
  record Refused(List<String> reasons) implements Verdict {
    public Refused {
      reasons = List.copyOf(reasons);
    }
  }
}
