package spindrift.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import spindrift.base.Bytes;
import spindrift.catalog.DocumentPolicy.Decision;
import spindrift.catalog.DocumentPolicy.Said;
import spindrift.nix.BuildTraceEntry;
import spindrift.nix.PublicKey;
import spindrift.nix.Realisation;
import spindrift.nix.SecretKey;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;

/** Realisations pass with signatures that count, and with no others; other files as they are. */
final class DocumentPolicyTest {
  private static final Path REAL = Path.of("../nix/src/test/resources/vectors/nix");
  private static final SecretKey A = SecretKey.generate("a-1");
  private static final SecretKey B = SecretKey.generate("b-1");
  private static final SecretKey STRANGER = SecretKey.generate("stranger-1");
  private static final StorePath OUT = Holdings.path('a');
  private static final StorePath OTHER_OUT = Holdings.path('b');
  private static final String NEW_NAME = "build-trace-v2/" + "d".repeat(32) + "-x.drv/out.doi";
  private static final DocumentPolicy ANY = policy(1, A.publicKey(), B.publicKey());
  private static final DocumentPolicy BOTH = policy(2, A.publicKey(), B.publicKey());

  static List<Path> real() throws Exception {
    try (Stream<Path> files = Files.list(REAL.resolve("realisations"))) {
      return files.sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("real")
  void passesWhatNixSigned(Path file) throws Exception {
    Bytes json = Bytes.owning(Files.readAllBytes(file));
    String name = "realisations/" + Realisation.parse(json).id().render() + ".doi";
    PublicKey key = PublicKey.parse(Files.readString(REAL.resolve("public-key")).strip());
    DocumentPolicy policy = policy(1, key);
    assertThat(passed(policy.accept(name, "x", json))).isEqualTo(json);
    assertWithheld(ANY.accept(name, "x", json), "no trusted key has signed it");
    // Of another derivation, though rightly signed.
    String other = name.replaceAll("sha256:[0-9a-f]{8}", "sha256:00000000");
    assertWithheld(policy.accept(other, "x", json), "x: ");
  }

  @Test
  void keepsRightSignaturesOfBothFormatsAndNoOthers() throws Exception {
    assertThat(passed(ANY.accept(oldName(), "x", old(OUT, STRANGER, A)))).isEqualTo(old(OUT, A));
    assertThat(passed(ANY.accept(NEW_NAME, "x", fresh(OUT, STRANGER, A)))).isEqualTo(fresh(OUT, A));
    for (SecretKey[] wrong : new SecretKey[][] {{}, {STRANGER}}) {
      assertWithheld(ANY.accept(oldName(), "x", old(OUT, wrong)), "no trusted key has signed it");
      assertWithheld(ANY.accept(NEW_NAME, "x", fresh(OUT, wrong)), "no trusted key has signed it");
    }
  }

  @Test
  void withholdsForgedSignatures() throws Exception {
    Bytes old = swapped(old(OTHER_OUT, A));
    assertWithheld(ANY.accept(oldName(), "x", old), "no trusted key has signed it");
    assertThat(ANY.accept(oldName(), "x", old).reasons()).contains("the signature of a-1 is wrong");
    assertWithheld(
        ANY.accept(NEW_NAME, "x", swapped(fresh(OTHER_OUT, A))), "no trusted key has signed it");
    assertWithheld(
        ANY.accept(NEW_NAME.replace("/out", "/doc"), "x", fresh(OUT, A)),
        "no trusted key has signed it");
  }

  @Test
  void countsSignaturesOfAllSources() throws Exception {
    for (boolean isNew : new boolean[] {false, true}) {
      String name = isNew ? NEW_NAME : oldName();
      Bytes byA = isNew ? fresh(OUT, A) : old(OUT, A);
      Bytes byB = isNew ? fresh(OUT, B) : old(OUT, B);
      Bytes byBoth = isNew ? fresh(OUT, A, B) : old(OUT, A, B);
      Bytes other = isNew ? fresh(OTHER_OUT, B) : old(OTHER_OUT, B);
      assertWithheld(
          BOTH.accept(name, "x", byA),
          "signed by a-1: 1 of 2 keys that trust.quorum asks for (from x)");
      assertThat(passed(BOTH.accept(name, List.of(new Said("x", byA), new Said("y", byB)))))
          .isEqualTo(byBoth);
      Decision split = BOTH.accept(name, List.of(new Said("x", byA), new Said("y", other)));
      assertThat(split).isInstanceOf(Decision.Withheld.class);
      assertThat(split.reasons()).anyMatch(reason -> reason.contains(OTHER_OUT.baseName()));
    }
  }

  @Test
  void passesOverWhatCannotBeRead() throws Exception {
    List<Said> said = List.of(new Said("broken", Bytes.utf8("{")), new Said("x", fresh(OUT, A)));
    assertThat(passed(ANY.accept(NEW_NAME, said))).isEqualTo(fresh(OUT, A));
    assertWithheld(ANY.accept(NEW_NAME, said.subList(0, 1)), "broken: ");
    assertWithheld(ANY.accept("build-trace-v2/../x", "x", fresh(OUT, A)), "x: ");
    assertWithheld(ANY.accept("realisations/x", "x", old(OUT, A)), "x: ");
  }

  @Test
  void goesByTheRulesForThePathOfTheOutput() throws Exception {
    TrustRule closed =
        new TrustRule(
            "trust.rule 1",
            Optional.of(PathPattern.parse("obj*")),
            Optional.empty(),
            Optional.of(List.of(B.publicKey())),
            OptionalInt.empty(),
            TrustRule.Accept.ANY);
    DocumentPolicy policy =
        new DocumentPolicy(
            new TrustPolicy(
                new TrustRules(List.of(A.publicKey()), 1, List.of(closed), Map.of()),
                StoreDir.DEFAULT));
    assertWithheld(policy.accept(NEW_NAME, "x", fresh(OUT, A)), "no trusted key");
    assertThat(passed(policy.accept(NEW_NAME, "x", fresh(OUT, B)))).isEqualTo(fresh(OUT, B));
  }

  @ParameterizedTest
  @ValueSource(strings = {"log/x.drv", "debuginfo/00", "x.ls", "nix-cache-info"})
  void passesWhatNobodySigns(String name) {
    Bytes content = Bytes.utf8("anything");
    assertThat(passed(ANY.accept(name, "x", content))).isEqualTo(content);
    assertThat(DocumentPolicy.isSigned(name)).isFalse();
  }

  private static DocumentPolicy policy(int quorum, PublicKey... keys) {
    return new DocumentPolicy(
        new TrustPolicy(
            new TrustRules(Arrays.asList(keys), quorum, List.of(), Map.of()), StoreDir.DEFAULT));
  }

  private static Realisation.Id id() throws Exception {
    return Realisation.Id.parse("sha256:" + "0".repeat(64) + "!out");
  }

  private static String oldName() throws Exception {
    return "realisations/" + id().render() + ".doi";
  }

  private static Bytes old(StorePath out, SecretKey... keys) throws Exception {
    Realisation realisation = new Realisation(id(), out, List.of(), new TreeMap<>());
    for (SecretKey key : keys) {
      realisation = realisation.signedBy(key);
    }
    return Bytes.utf8(realisation.render());
  }

  private static Bytes fresh(StorePath out, SecretKey... keys) throws Exception {
    BuildTraceEntry entry =
        new BuildTraceEntry(BuildTraceEntry.Key.ofFile(NEW_NAME), out, List.of());
    for (SecretKey key : keys) {
      entry = entry.signedBy(key);
    }
    return Bytes.utf8(entry.render());
  }

  /** With another output behind the same signatures. */
  private static Bytes swapped(Bytes json) {
    return Bytes.utf8(json.display().replace(OTHER_OUT.baseName(), OUT.baseName()));
  }

  private static Bytes passed(Decision decision) {
    assertThat(decision).as(decision.reasons().toString()).isInstanceOf(Decision.Passed.class);
    return ((Decision.Passed) decision).content();
  }

  private static void assertWithheld(Decision decision, String reason) {
    assertThat(decision).isInstanceOf(Decision.Withheld.class);
    assertThat(decision.reasons()).anyMatch(one -> one.startsWith(reason));
  }
}
