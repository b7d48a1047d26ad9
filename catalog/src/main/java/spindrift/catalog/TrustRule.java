package spindrift.catalog;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import spindrift.nix.PublicKey;

/**
 * What it takes for some store paths, or for what some upstream says, to be believed.
 *
 * @param name how people are told of it, such as {@code trust.rule 2}
 * @param paths which store paths; all, where empty
 * @param upstream the URL of the binary cache that says it; any source, where empty
 * @param keys those that count; the usual ones, where empty
 * @param quorum how many of them must have signed the same, 1 or more; the usual, where empty
 */
public record TrustRule(
    String name,
    Optional<PathPattern> paths,
    Optional<String> upstream,
    Optional<List<PublicKey>> keys,
    OptionalInt quorum,
    Accept accept) {

  /** What is accepted at all. */
  public enum Accept {
    /** What is signed, and what is content-addressed and so proves itself. */
    ANY,
    /** What is signed, content-addressed or not. */
    SIGNED,
    /** What is content-addressed; signatures do not count. */
    CONTENT_ADDRESSED,
    NONE;

    boolean takesSigned() {
      return this == ANY || this == SIGNED;
    }

    boolean takesProved() {
      return this == ANY || this == CONTENT_ADDRESSED;
    }
  }

  public TrustRule {
    keys = keys.map(List::copyOf);
    upstream = upstream.map(TrustRules::sameUrl);
    if (quorum.orElse(1) < 1) {
      throw new IllegalArgumentException("a quorum of " + quorum);
    }
  }
}
