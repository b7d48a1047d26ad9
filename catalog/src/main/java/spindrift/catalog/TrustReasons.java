package spindrift.catalog;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import spindrift.base.Excerpt;
import spindrift.nix.NarInfo;
import spindrift.nix.PublicKey;
import spindrift.nix.Signature;

/** Why a verdict is what it is, for people to read: the main reason first. */
final class TrustReasons {
  /** Ours: so many sources or foreign keys are named, the others counted. */
  private static final int MAX_NAMED = 3;

  /** Enough of a peer's id to know it by. */
  private static final int PEER_CHARS = 8;

  private static final int KEY_CHARS = 8;

  private final Ballot ballot;
  private final Collection<PublicKey> known;
  private final List<String> passedOver;

  /**
   * @param passedOver reasons for which testimonies are not in the ballot
   */
  TrustReasons(Ballot ballot, Collection<PublicKey> known, List<String> passedOver) {
    this.ballot = ballot;
    this.known = known;
    this.passedOver = passedOver;
  }

  /** An object of this machine's own store. */
  List<String> own() {
    List<String> reasons = new ArrayList<>();
    reasons.add("it is in the store of this machine, which is trusted as it is");
    for (Ballot.Candidate candidate : ballot.candidates()) {
      if (!candidate.signers().isEmpty()) {
        reasons.add("signed by " + names(candidate) + count(candidate));
      }
    }
    reasons.addAll(strangers());
    return reasons;
  }

  List<String> signed(Ballot.Candidate winner) {
    List<String> reasons = new ArrayList<>();
    reasons.add("signed by " + names(winner) + count(winner) + sources(winner));
    for (Ballot.Candidate other : ballot.candidates()) {
      if (other != winner && !other.signers().isEmpty()) {
        reasons.add(names(other) + " signed something else: " + what(other) + sources(other));
      }
    }
    reasons.addAll(passedOver);
    return reasons;
  }

  /** One that its contents have to prove. */
  List<String> proved(NarInfo info) {
    List<String> reasons = new ArrayList<>();
    String method = info.ca().map(Object::toString).orElse("").replaceFirst(":[^:]*$", "");
    reasons.add("content-addressed (" + method + "): its bytes have to prove it, no key is needed");
    reasons.addAll(passedOver);
    return reasons;
  }

  /** Keys that signed different things. */
  List<String> disagreement() {
    List<String> reasons = new ArrayList<>();
    int needed = ballot.candidates().stream().mapToInt(Ballot.Candidate::needed).min().orElse(1);
    reasons.add(
        ballot.isContested()
            ? "trusted keys disagree: enough of them have signed each of several things"
            : "trusted keys disagree: no " + needed + " of them can sign the same any more");
    for (Ballot.Candidate candidate : ballot.candidates()) {
      if (!candidate.signers().isEmpty()) {
        reasons.add(names(candidate) + " signed " + what(candidate) + sources(candidate));
      }
    }
    reasons.addAll(passedOver);
    return reasons;
  }

  /** Too few have signed it. */
  List<String> undecided() {
    List<String> reasons = new ArrayList<>();
    long different = ballot.candidates().stream().filter(one -> !one.signers().isEmpty()).count();
    if (different > 1) {
      reasons.add("trusted keys signed different things, and too few the same");
    }
    for (Ballot.Candidate candidate : ballot.candidates()) {
      if (!candidate.signers().isEmpty()) {
        String what = ballot.candidates().size() > 1 ? ": " + what(candidate) : "";
        reasons.add("signed by " + names(candidate) + count(candidate) + what + sources(candidate));
      }
    }
    if (reasons.isEmpty() && !ballot.candidates().isEmpty()) {
      reasons.add("no trusted key has signed it");
    }
    reasons.addAll(strangers());
    reasons.addAll(passedOver);
    return reasons;
  }

  /** Of signatures that do not count. */
  private List<String> strangers() {
    Set<String> unknown = new LinkedHashSet<>();
    Set<String> idle = new LinkedHashSet<>();
    Set<String> wrong = new LinkedHashSet<>();
    for (Ballot.Candidate candidate : ballot.candidates()) {
      Set<String> counting =
          candidate.signers().stream()
              .map(signer -> signer.key().name())
              .collect(Collectors.toSet());
      Set<Signature> right = candidate.right();
      candidate.votes().stream()
          .flatMap(vote -> vote.signatures().stream())
          .forEach(
              signature -> {
                String name = signature.keyName();
                if (known.stream().noneMatch(key -> key.name().equals(name))) {
                  unknown.add(Excerpt.of(name, 40).replace("\"", ""));
                } else if (!right.contains(signature)) {
                  wrong.add(name);
                } else if (!counting.contains(name)) {
                  idle.add(name);
                }
              });
    }
    List<String> reasons = new ArrayList<>();
    add(reasons, unknown, "signed by ", ", which no setting names");
    add(reasons, idle, "signed by ", ", which does not count here");
    add(reasons, wrong, "the signature of ", " is wrong");
    return reasons;
  }

  private static void add(List<String> reasons, Set<String> names, String before, String after) {
    if (!names.isEmpty()) {
      reasons.add(before + listed(names, MAX_NAMED) + after);
    }
  }

  private static String count(Ballot.Candidate candidate) {
    int needed = candidate.needed();
    return needed == 1
        ? ""
        : ": "
            + candidate.signers().size()
            + " of "
            + needed
            + " keys that "
            + candidate.neededBy()
            + " asks for";
  }

  private String names(Ballot.Candidate candidate) {
    return listed(
        candidate.signers().stream().map(signer -> name(signer.key())).toList(), Integer.MAX_VALUE);
  }

  /** With the beginning of the key where several have the name. */
  private String name(PublicKey key) {
    boolean isShared = known.stream().filter(other -> other.name().equals(key.name())).count() > 1;
    return isShared
        ? key.render().substring(0, key.name().length() + 1 + KEY_CHARS) + "…"
        : key.name();
  }

  private static String sources(Ballot.Candidate candidate) {
    Set<String> sources = new LinkedHashSet<>();
    candidate.signers().forEach(signer -> sources.addAll(signer.sources()));
    return sources.isEmpty()
        ? ""
        : " (from " + listed(sources.stream().map(TrustReasons::brief).toList(), MAX_NAMED) + ")";
  }

  /** A source's name; of a peer's id the end. */
  static String brief(String source) {
    boolean isPeer = source.length() > 40 && source.indexOf('/') < 0;
    return isPeer ? source.substring(source.length() - PEER_CHARS) : source;
  }

  private static String what(Ballot.Candidate candidate) {
    return candidate.votes().getFirst().what();
  }

  private static String listed(Collection<String> names, int max) {
    String listed = names.stream().limit(max).collect(Collectors.joining(", "));
    return names.size() > max ? listed + " and " + (names.size() - max) + " more" : listed;
  }
}
