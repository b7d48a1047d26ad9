package spindrift.catalog;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import spindrift.base.RefusedException;
import spindrift.nix.NarContentCheck;
import spindrift.nix.NarInfo;
import spindrift.nix.PublicKey;
import spindrift.nix.References;
import spindrift.nix.Signature;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;
import spindrift.nix.StorePathCalculator;

/**
 * The first trust gate: what of that which sources say of a store object is believed. What enough
 * trusted keys signed is right as it stands, all but its deriver and its file, which no signature
 * covers. A content-addressed object needs no signature: its path says what its contents must be.
 * Its NAR hash, however, is anybody's claim until {@link #check} has seen the bytes. Safe for use
 * by several threads.
 */
public final class TrustPolicy {
  /** The source that is trusted as it is: the store of this machine. */
  public static final String LOCAL = "local";

  private final TrustRules rules;
  private final Set<PublicKey> known;
  private final StoreDir storeDir;
  private final ProvenSignatures proven = new ProvenSignatures();

  public TrustPolicy(TrustRules rules, StoreDir storeDir) {
    this.rules = rules;
    this.known = Set.copyOf(rules.allKeys());
    this.storeDir = storeDir;
  }

  /** A testimony that is taken. */
  private record Heard(NarInfo info, Ballot.Vote vote) {}

  /**
   * Judges one store object.
   *
   * @param testimonies all of the same path, in the order of preference
   */
  public Verdict judge(Collection<Testimony> testimonies) {
    List<String> passedOver = new ArrayList<>();
    Ballot ballot = new Ballot(known, proven);
    List<Heard> heard = new ArrayList<>();
    Optional<NarInfo> own = Optional.empty();
    boolean hasTaker = testimonies.isEmpty();
    for (Testimony testimony : testimonies) {
      NarInfo info = testimony.info();
      if (own.isEmpty() && testimony.source().equals(LOCAL)) {
        own = Optional.of(info);
      }
      TrustRules.Terms terms = rules.terms(info.path(), testimony.source(), storeDir);
      if (terms.accept() == TrustRule.Accept.NONE) {
        passedOver.add(terms.name() + " takes nothing from " + testimony.source());
        continue;
      }
      hasTaker = true;
      if (!isAtItsAddress(info)) {
        passedOver.add(
            TrustReasons.brief(testimony.source()) + " says a content address of another path");
        continue;
      }
      heard.add(new Heard(info, vote(testimony.source(), terms, info)));
      ballot.add(heard.getLast().vote);
    }
    TrustReasons reasons = new TrustReasons(ballot, known, passedOver);
    if (own.isPresent()) {
      return new Verdict.Accepted(own.get(), reasons.own());
    }
    if (!hasTaker && isClosed(testimonies)) {
      return new Verdict.Refused(reasons.undecided());
    }
    return decide(ballot, heard, reasons);
  }

  private Verdict decide(Ballot ballot, List<Heard> heard, TrustReasons reasons) {
    Optional<Ballot.Candidate> winner = ballot.winner();
    if (winner.isPresent()) {
      Ballot.Candidate signed = winner.get();
      NarInfo best = infoOf(signed.votes().getFirst(), heard);
      return new Verdict.Accepted(
          best.withSignatureLines(signed.right().stream().map(Signature::render).toList()),
          reasons.signed(signed));
    }
    for (Heard one : heard) {
      if (one.vote.terms().accept().takesProved() && proof(one.info).isPresent()) {
        return new Verdict.Accepted(
            one.info.withSignatureLines(List.of()), reasons.proved(one.info));
      }
    }
    if (ballot.isContested()) {
      return new Verdict.Refused(reasons.disagreement());
    }
    Optional<StorePath> path = heard.stream().map(one -> one.info.path()).findFirst();
    boolean isHopeless =
        path.isPresent()
            && ballot.isHopeless(
                rules.keysFor(path.get(), storeDir), rules.quorumFor(path.get(), storeDir));
    return isHopeless
        ? new Verdict.Refused(reasons.disagreement())
        : new Verdict.Open(reasons.undecided());
  }

  private static NarInfo infoOf(Ballot.Vote vote, List<Heard> heard) {
    return heard.stream().filter(one -> one.vote.equals(vote)).findFirst().orElseThrow().info;
  }

  private Ballot.Vote vote(String source, TrustRules.Terms terms, NarInfo info) {
    String what = info.narHash() + " (" + info.references().size() + " references)";
    return new Ballot.Vote(source, terms, what, info.fingerprint(storeDir), info.signatures());
  }

  /** Whether no other source's word would be taken either. */
  private boolean isClosed(Collection<Testimony> testimonies) {
    return testimonies.stream()
        .map(testimony -> rules.terms(testimony.info().path(), "", storeDir))
        .allMatch(terms -> terms.accept() == TrustRule.Accept.NONE);
  }

  /**
   * What the NAR of an accepted narinfo has to pass beside its hash, before its last byte is used;
   * empty for one that is signed.
   */
  public Optional<NarContentCheck> check(NarInfo accepted) {
    return accepted.signatureLines().isEmpty() ? proof(accepted) : Optional.empty();
  }

  /** Whether a testimony brings a signature that counts, or may be proved by its contents. */
  public boolean isOfUse(Testimony testimony) {
    NarInfo info = testimony.info();
    TrustRules.Terms terms = rules.terms(info.path(), testimony.source(), storeDir);
    if (terms.accept() == TrustRule.Accept.NONE || !isAtItsAddress(info)) {
      return false;
    }
    Ballot ballot = new Ballot(terms.keys(), proven);
    ballot.add(vote(testimony.source(), terms, info));
    return !ballot.candidates().getFirst().signers().isEmpty()
        || (terms.accept().takesProved() && proof(info).isPresent());
  }

  /** Whether it pretends to be signed by a known key; one that others signed is no lie. */
  public boolean isForged(NarInfo info) {
    Ballot ballot = new Ballot(known, proven);
    TrustRules.Terms terms = rules.terms(info.path(), "", storeDir);
    ballot.add(vote("", terms, info));
    return ballot.candidates().getFirst().right().isEmpty()
        && info.signatures().stream().anyMatch(one -> isKnown(one.keyName()));
  }

  private boolean isKnown(String keyName) {
    return known.stream().map(PublicKey::name).anyMatch(keyName::equals);
  }

  TrustRules rules() {
    return rules;
  }

  ProvenSignatures proven() {
    return proven;
  }

  StoreDir storeDir() {
    return storeDir;
  }

  private static Optional<NarContentCheck> proof(NarInfo info) {
    return info.ca()
        .flatMap(address -> NarContentCheck.of(info.path(), address, info.references()));
  }

  /** Whether the path is the one that the content address makes; so is one without an address. */
  private boolean isAtItsAddress(NarInfo info) {
    if (info.ca().isEmpty()) {
      return true;
    }
    try {
      return new StorePathCalculator(storeDir)
          .contentAddressed(
              info.path().name(), info.ca().get(), References.of(info.path(), info.references()))
          .equals(info.path());
    } catch (RefusedException e) {
      return false; // no such object can be
    }
  }
}
