package spindrift.catalog;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import spindrift.base.Bytes;
import spindrift.nix.PublicKey;
import spindrift.nix.Signature;

/**
 * Signatures of trusted keys, counted for each of the things that sources say of one path. A key
 * counts once for each, by whatever names it is called and however many sources have its signature.
 * For one thread.
 */
final class Ballot {
  /**
   * Ours: honest objects have up to five. Each costs a tenth of a millisecond; an attacker's
   * testimony has as many as fit into a narinfo.
   */
  private static final int MAX_SIGNATURES = 32;

  private final Collection<PublicKey> known;
  private final ProvenSignatures proven;
  private final Map<Bytes, Candidate> candidates = new LinkedHashMap<>();

  /**
   * @param known all keys that may count for somebody
   */
  Ballot(Collection<PublicKey> known, ProvenSignatures proven) {
    this.known = known;
    this.proven = proven;
  }

  /**
   * What one source says.
   *
   * @param what it says, for people
   * @param signed what signatures of it sign; two that say the same have the same
   */
  record Vote(
      String source,
      TrustRules.Terms terms,
      String what,
      Bytes signed,
      List<Signature> signatures) {}

  /** One of the things that are said. */
  final class Candidate {
    private final Bytes signed;
    private final List<Vote> votes = new ArrayList<>();
    private final Map<Signature, List<PublicKey>> signers = new HashMap<>();
    private final Map<Bytes, Signer> counted = new LinkedHashMap<>();
    private final Set<Signature> right = new LinkedHashSet<>();
    private int least = Integer.MAX_VALUE;

    Candidate(Bytes signed) {
      this.signed = signed;
    }

    /** In the order of preference. */
    List<Vote> votes() {
      return votes;
    }

    /** Those whose signatures count. */
    Collection<Signer> signers() {
      return counted.values();
    }

    /** All signatures that known keys made, counted or not. */
    Set<Signature> right() {
      return right;
    }

    /** How many must have signed it: the least that is asked of a source that brings some. */
    int needed() {
      return counted.isEmpty()
          ? votes.stream().mapToInt(vote -> vote.terms.quorum()).min().orElse(1)
          : least;
    }

    /** Who asks for so many. */
    String neededBy() {
      return votes.stream()
          .map(Vote::terms)
          .filter(terms -> terms.quorum() == needed())
          .map(TrustRules.Terms::name)
          .findFirst()
          .orElse("trust.quorum");
    }

    boolean isReached() {
      return !counted.isEmpty() && counted.size() >= needed();
    }

    private void add(Vote vote) {
      votes.add(vote);
      boolean brings = false;
      for (Signature signature : worthLooking(vote.signatures)) {
        List<PublicKey> keys = signers.computeIfAbsent(signature, this::makers);
        if (!keys.isEmpty()) {
          right.add(signature);
        }
        if (!vote.terms.accept().takesSigned()) {
          continue;
        }
        for (PublicKey key : keys) {
          if (vote.terms.keys().contains(key)) {
            counted.computeIfAbsent(key.bytes(), bytes -> new Signer(key)).sources.add(vote.source);
            brings = true;
          }
        }
      }
      if (brings) {
        least = Math.min(least, vote.terms.quorum());
      }
    }

    private List<PublicKey> makers(Signature signature) {
      return known.stream().filter(key -> proven.verifies(key, signed, signature)).toList();
    }
  }

  /** A key, and the sources that have its signature. */
  static final class Signer {
    private final PublicKey key;
    private final Set<String> sources = new LinkedHashSet<>();

    Signer(PublicKey key) {
      this.key = key;
    }

    PublicKey key() {
      return key;
    }

    Set<String> sources() {
      return sources;
    }
  }

  private List<Signature> worthLooking(List<Signature> signatures) {
    return signatures.stream()
        .filter(one -> known.stream().anyMatch(key -> key.name().equals(one.keyName())))
        .distinct()
        .limit(MAX_SIGNATURES)
        .toList();
  }

  void add(Vote vote) {
    candidates.computeIfAbsent(vote.signed, Candidate::new).add(vote);
  }

  /** In the order of the best source of each. */
  List<Candidate> candidates() {
    return List.copyOf(candidates.values());
  }

  /**
   * What enough have signed. Where that is several things, the one that more keys were needed for;
   * among those that one key is enough for, the first.
   */
  Optional<Candidate> winner() {
    return isContested() ? Optional.empty() : reached().stream().findFirst();
  }

  /** Whether two things have as many signatures as it takes, and that is more than one. */
  boolean isContested() {
    List<Candidate> reached = reached();
    return reached.size() > 1 && reached.get(1).needed() > 1;
  }

  /** Those that more keys were needed for first, then the preferred. */
  private List<Candidate> reached() {
    return candidates.values().stream()
        .filter(Candidate::isReached)
        .sorted(Comparator.comparingInt(Candidate::needed).reversed())
        .toList();
  }

  /**
   * Whether keys signed different things so that nothing can win, whoever signs more.
   *
   * @param keys all that may count
   * @param quorum the least that may be asked for
   */
  boolean isHopeless(Collection<PublicKey> keys, int quorum) {
    Set<Bytes> silent = new LinkedHashSet<>();
    keys.forEach(key -> silent.add(key.bytes()));
    int most = 0;
    int signed = 0;
    for (Candidate candidate : candidates.values()) {
      silent.removeAll(candidate.counted.keySet());
      most = Math.max(most, candidate.counted.size());
      signed += candidate.counted.isEmpty() ? 0 : 1;
    }
    return signed > 1 && most + silent.size() < quorum;
  }
}
