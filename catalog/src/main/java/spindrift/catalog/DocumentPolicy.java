package spindrift.catalog;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.MalformedDataException;
import spindrift.nix.BuildTraceEntry;
import spindrift.nix.Realisation;
import spindrift.nix.Signature;
import spindrift.nix.StorePath;

/**
 * The trust gate for the small files of a binary cache that are passed on: realisations, in both
 * formats, need the signatures that a store object at their output's path would need. Logs,
 * listings and debug information have none in Nix and decide nothing; they pass as they are. Safe
 * for use by several threads.
 */
public final class DocumentPolicy {
  private static final String REALISATIONS = "realisations/";
  private static final String BUILD_TRACE = "build-trace-v2/";
  private static final String SUFFIX = ".doi";

  private final TrustPolicy policy;

  public DocumentPolicy(TrustPolicy policy) {
    this.policy = policy;
  }

  /**
   * What one source says.
   *
   * @param source its name, as in {@link Testimony}
   */
  public record Said(String source, Bytes content) {}

  /** What becomes of a document. */
  public sealed interface Decision {
    /** Why, one reason a line, for people to read. */
    List<String> reasons();

    /**
     * It is passed on.
     *
     * @param content a realisation has the right signatures of all sources that agree, and no
     *     others
     */
    record Passed(Bytes content, List<String> reasons) implements Decision {
      public Passed {
        reasons = List.copyOf(reasons);
      }
    }

    /** It is as if it were absent, unless other sources say more. */
    record Withheld(List<String> reasons) implements Decision {
      public Withheld {
        reasons = List.copyOf(reasons);
      }
    }
  }

  /** Whether a document of this name is worth nothing without signatures. */
  public static boolean isSigned(String name) {
    return name.startsWith(REALISATIONS) || name.startsWith(BUILD_TRACE);
  }

  /**
   * Decides on what one source says.
   *
   * @param name the path in the binary cache, decoded, without a slash in front
   */
  public Decision accept(String name, String source, Bytes content) {
    return accept(name, List.of(new Said(source, content)));
  }

  /**
   * Decides on what several sources say, whose signatures are counted together.
   *
   * @param said in the order of preference, not empty
   */
  public Decision accept(String name, Collection<Said> said) {
    if (!isSigned(name)) {
      Bytes first = said.iterator().next().content();
      return new Decision.Passed(first, List.of("nothing signs such a file"));
    }
    List<String> passedOver = new ArrayList<>();
    Ballot ballot = new Ballot(policy.rules().allKeys(), policy.proven());
    List<Entry> entries = new ArrayList<>();
    for (Said one : said) {
      try {
        Entry entry = read(name, one.content());
        TrustRules.Terms terms =
            policy.rules().terms(entry.outPath(), one.source(), policy.storeDir());
        ballot.add(
            new Ballot.Vote(
                one.source(),
                terms,
                entry.outPath().baseName(),
                entry.signedText(),
                entry.signatures()));
        entries.add(entry);
      } catch (FaultException e) {
        passedOver.add(TrustReasons.brief(one.source()) + ": " + e.getMessage());
      }
    }
    TrustReasons reasons = new TrustReasons(ballot, policy.rules().allKeys(), passedOver);
    Optional<Ballot.Candidate> winner = ballot.winner();
    if (winner.isEmpty()) {
      return new Decision.Withheld(
          ballot.isContested() ? reasons.disagreement() : reasons.undecided());
    }
    Bytes signed = winner.get().votes().getFirst().signed();
    Entry entry =
        entries.stream().filter(one -> one.signedText().equals(signed)).findFirst().orElseThrow();
    return new Decision.Passed(
        entry.render(List.copyOf(winner.get().right())), reasons.signed(winner.get()));
  }

  /** A realisation of either format. */
  private sealed interface Entry {
    StorePath outPath();

    Bytes signedText();

    List<Signature> signatures();

    Bytes render(List<Signature> right);
  }

  private record OldEntry(Realisation realisation) implements Entry {
    @Override
    public StorePath outPath() {
      return realisation.outPath();
    }

    @Override
    public Bytes signedText() {
      return realisation.signedText();
    }

    @Override
    public List<Signature> signatures() {
      return realisation.signatures();
    }

    @Override
    public Bytes render(List<Signature> right) {
      return Bytes.utf8(
          new Realisation(
                  realisation.id(),
                  realisation.outPath(),
                  right.stream().map(Signature::render).toList(),
                  realisation.dependentRealisations())
              .render());
    }
  }

  private record NewEntry(BuildTraceEntry entry) implements Entry {
    @Override
    public StorePath outPath() {
      return entry.outPath();
    }

    @Override
    public Bytes signedText() {
      return entry.signedText();
    }

    @Override
    public List<Signature> signatures() {
      return entry.signatures();
    }

    @Override
    public Bytes render(List<Signature> right) {
      return Bytes.utf8(new BuildTraceEntry(entry.key(), entry.outPath(), right).render());
    }
  }

  /** All paths that a realisation names: of its output, and of those it was built with. */
  static Set<StorePath> outputs(String name, Bytes content) throws FaultException {
    Entry entry = read(name, content);
    Set<StorePath> outputs = new LinkedHashSet<>();
    outputs.add(entry.outPath());
    if (entry instanceof OldEntry(Realisation realisation)) {
      outputs.addAll(realisation.dependentRealisations().values());
    }
    return outputs;
  }

  /** What a document of this name is the realisation of, where it has the older format. */
  static Optional<Realisation.Id> realisation(String name) {
    if (!name.startsWith(REALISATIONS) || !name.endsWith(SUFFIX)) {
      return Optional.empty();
    }
    int end = Math.max(REALISATIONS.length(), name.length() - SUFFIX.length());
    try {
      return Optional.of(Realisation.Id.parse(name.substring(REALISATIONS.length(), end)));
    } catch (MalformedDataException e) {
      return Optional.empty();
    }
  }

  private static Entry read(String name, Bytes content) throws FaultException {
    if (name.startsWith(BUILD_TRACE)) {
      return new NewEntry(BuildTraceEntry.parse(BuildTraceEntry.Key.ofFile(name), content));
    }
    Realisation realisation = Realisation.parse(content);
    if (!name.equals(REALISATIONS + realisation.id().render() + SUFFIX)) {
      throw new MalformedDataException(
          "realisation", -1, "of something else: " + realisation.id().render());
    }
    return new OldEntry(realisation);
  }
}
