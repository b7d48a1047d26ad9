package spindrift.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import spindrift.base.Bytes;
import spindrift.nix.ContentAddress;
import spindrift.nix.NarInfo;
import spindrift.nix.NixHash;
import spindrift.nix.PathInfo;
import spindrift.nix.PublicKey;
import spindrift.nix.References;
import spindrift.nix.SecretKey;
import spindrift.nix.Signature;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;
import spindrift.nix.StorePathCalculator;

/** Some of several keys must have signed the same. */
final class QuorumTest {
  private static final SecretKey A = SecretKey.generate("a-1");
  private static final SecretKey B = SecretKey.generate("b-1");
  private static final SecretKey C = SecretKey.generate("c-1");
  private static final SecretKey STRANGER = SecretKey.generate("stranger-1");
  private static final StorePath PATH = Holdings.path('a');
  private static final NarInfo ONE = info("one");
  private static final NarInfo TWO = info("two");
  private static final NarInfo THREE = info("three");
  private static final TrustPolicy TWO_OF_THREE = quorum(2, A, B, C);

  @Test
  void acceptsWhatTwoOfThreeSigned() {
    Verdict.Accepted accepted =
        accepted(
            TWO_OF_THREE.judge(
                List.of(said("x", ONE, A, STRANGER), said("y", ONE), said("z", ONE, B))));
    assertThat(accepted.info()).isEqualTo(signed(ONE, A, B));
    assertThat(accepted.reasons())
        .containsExactly("signed by a-1, b-1: 2 of 2 keys that trust.quorum asks for (from x, z)");
    assertThat(TWO_OF_THREE.check(accepted.info())).isEmpty();
  }

  @Test
  void countsSignaturesOfOneSourceAsOfSeveral() {
    assertThat(accepted(TWO_OF_THREE.judge(List.of(said("x", ONE, C, A)))).info())
        .isEqualTo(signed(ONE, C, A));
  }

  @Test
  void waitsForMoreWhileOneAloneHasSigned() {
    Verdict verdict = TWO_OF_THREE.judge(List.of(said("x", ONE, A), said("y", ONE, STRANGER)));
    assertThat(verdict).isInstanceOf(Verdict.Open.class);
    assertThat(verdict.reasons())
        .containsExactly(
            "signed by a-1: 1 of 2 keys that trust.quorum asks for (from x)",
            "signed by stranger-1, which no setting names");
    assertThat(TWO_OF_THREE.judge(List.of())).isInstanceOf(Verdict.Open.class);
    assertThat(TWO_OF_THREE.judge(List.of(said("x", ONE))).reasons())
        .containsExactly("no trusted key has signed it");
  }

  @Test
  void countsAKeyOnceHoweverOftenItIsFound() {
    List<Testimony> same = Stream.of("x", "y", "z").map(source -> said(source, ONE, A, A)).toList();
    assertThat(TWO_OF_THREE.judge(same)).isInstanceOf(Verdict.Open.class);
  }

  @Test
  void countsAKeyOnceByWhateverNamesItIsCalled() throws Exception {
    PublicKey alias = PublicKey.parse(A.publicKey().render().replace("a-1:", "alias-1:"));
    TrustPolicy policy =
        new TrustPolicy(
            new TrustRules(List.of(A.publicKey(), alias), 2, List.of(), Map.of()),
            StoreDir.DEFAULT);
    Signature own = A.sign(ONE.fingerprint(StoreDir.DEFAULT));
    NarInfo both = signed(ONE, A).withSignature(new Signature("alias-1", own.bytes()));
    assertThat(policy.judge(List.of(new Testimony("x", both)))).isInstanceOf(Verdict.Open.class);
  }

  @Test
  void tellsTwoKeysOfOneNameApart() {
    SecretKey twin = SecretKey.generate("a-1");
    TrustPolicy policy = quorum(2, A, twin);
    Verdict.Accepted accepted =
        accepted(policy.judge(List.of(said("x", ONE, A), said("y", ONE, twin))));
    assertThat(accepted.info()).isEqualTo(signed(ONE, A, twin));
    assertThat(accepted.reasons().getFirst())
        .contains(A.publicKey().render().substring(0, 12) + "…")
        .contains(twin.publicKey().render().substring(0, 12) + "…");
  }

  @Test
  void doesNotCountForgedSignatures() {
    Signature stolen =
        new Signature("b-1", STRANGER.sign(ONE.fingerprint(StoreDir.DEFAULT)).bytes());
    Signature ofAnother = B.sign(TWO.fingerprint(StoreDir.DEFAULT));
    for (Signature forged : List.of(stolen, ofAnother)) {
      NarInfo info = signed(ONE, A).withSignature(forged);
      Verdict verdict = TWO_OF_THREE.judge(List.of(new Testimony("x", info)));
      assertThat(verdict).isInstanceOf(Verdict.Open.class);
      assertThat(verdict.reasons()).contains("the signature of b-1 is wrong");
    }
  }

  /** So that a narinfo full of them does not cost a second. */
  @Test
  void looksAtSoManySignaturesOnly() {
    NarInfo many = ONE;
    for (int i = 0; i < 40; i++) {
      many = many.withSignature(A.sign(Bytes.utf8("something " + i)));
    }
    TrustPolicy any = quorum(1, A);
    assertThat(any.judge(List.of(new Testimony("x", signed(many, A)))))
        .isInstanceOf(Verdict.Open.class);
    assertThat(any.judge(List.of(new Testimony("x", signed(many, A)), said("y", ONE, STRANGER, A))))
        .isInstanceOf(Verdict.Accepted.class);
  }

  @Test
  void takesWhatReachesTheQuorumAlthoughAnotherDisagrees() {
    Verdict.Accepted accepted =
        accepted(
            TWO_OF_THREE.judge(
                List.of(said("liar", TWO, C), said("x", ONE, A), said("y", ONE, B))));
    assertThat(accepted.info().narHash()).isEqualTo(ONE.narHash());
    assertThat(accepted.reasons())
        .contains("c-1 signed something else: " + TWO.narHash() + " (0 references) (from liar)");
  }

  @Test
  void refusesWhatCannotReachTheQuorumAnyMore() {
    List<Testimony> split = new ArrayList<>(List.of(said("x", ONE, A), said("y", TWO, B)));
    assertThat(TWO_OF_THREE.judge(split)).isInstanceOf(Verdict.Open.class);
    split.add(said("z", THREE, C));
    Verdict verdict = TWO_OF_THREE.judge(split);
    assertThat(verdict).isInstanceOf(Verdict.Refused.class);
    assertThat(verdict.reasons())
        .containsExactly(
            "trusted keys disagree: no 2 of them can sign the same any more",
            "a-1 signed " + ONE.narHash() + " (0 references) (from x)",
            "b-1 signed " + TWO.narHash() + " (0 references) (from y)",
            "c-1 signed " + THREE.narHash() + " (0 references) (from z)");
  }

  @Test
  void refusesWhatEnoughSignedTwice() {
    TrustPolicy policy = quorum(2, A, B, C, STRANGER);
    Verdict verdict = policy.judge(List.of(said("x", ONE, A, B), said("y", TWO, C, STRANGER)));
    assertThat(verdict).isInstanceOf(Verdict.Refused.class);
    assertThat(verdict.reasons().getFirst())
        .isEqualTo("trusted keys disagree: enough of them have signed each of several things");
  }

  @Test
  void tellsOtherReferencesFromTheSame() {
    NarInfo more =
        NarInfo.of(PathInfo.of(PATH, ONE.narHash(), ONE.narSize(), List.of(Holdings.path('r'))));
    assertThat(TWO_OF_THREE.judge(List.of(said("x", ONE, A), said("y", more, B))))
        .isInstanceOf(Verdict.Open.class);
  }

  /** Builds are often not reproducible: with one key enough, that is no reason to refuse. */
  @Test
  void takesTheFirstWhereOneKeyIsEnoughAndSaysWhatOthersSigned() {
    TrustPolicy any = quorum(1, A, B);
    Verdict.Accepted accepted =
        accepted(
            any.judge(List.of(said("x", ONE, STRANGER), said("y", TWO, B), said("z", ONE, A))));
    assertThat(accepted.info()).isEqualTo(signed(ONE, A));
    assertThat(accepted.reasons())
        .containsExactly(
            "signed by a-1 (from z)",
            "b-1 signed something else: " + TWO.narHash() + " (0 references) (from y)");
  }

  @Test
  void trustsTheStoreOfThisMachineAsItIs() {
    Verdict.Accepted accepted =
        accepted(
            TWO_OF_THREE.judge(
                List.of(said("x", TWO, A, B), said(TrustPolicy.LOCAL, ONE, STRANGER))));
    assertThat(accepted.info()).isEqualTo(signed(ONE, STRANGER));
    assertThat(accepted.reasons().getFirst()).contains("store of this machine");
  }

  /** No number of keys is asked for what proves itself, and what is signed comes first. */
  @Test
  void needsNoKeysForWhatIsContentAddressed() throws Exception {
    Bytes nar = TestTree.file("addressed").nar();
    ContentAddress address = new ContentAddress(ContentAddress.Method.NAR, NixHash.sha256Of(nar));
    StorePath path =
        new StorePathCalculator(StoreDir.DEFAULT)
            .contentAddressed("object", address, References.NONE);
    NarInfo lie = addressed(path, "lie", address);
    NarInfo right = addressed(path, "addressed", address);
    Verdict.Accepted accepted = accepted(TWO_OF_THREE.judge(List.of(said("x", lie, A))));
    assertThat(accepted.info()).isEqualTo(lie);
    assertThat(TWO_OF_THREE.check(accepted.info())).isPresent();
    Verdict.Accepted signed =
        accepted(TWO_OF_THREE.judge(List.of(said("x", lie, A), said("y", right, B, C))));
    assertThat(signed.info()).isEqualTo(signed(right, B, C));
    assertThat(TWO_OF_THREE.check(signed.info())).isEmpty();
  }

  private static Verdict.Accepted accepted(Verdict verdict) {
    assertThat(verdict).as(verdict.reasons().toString()).isInstanceOf(Verdict.Accepted.class);
    return (Verdict.Accepted) verdict;
  }

  private static TrustPolicy quorum(int quorum, SecretKey... keys) {
    List<PublicKey> all = Arrays.stream(keys).map(SecretKey::publicKey).toList();
    return new TrustPolicy(new TrustRules(all, quorum, List.of(), Map.of()), StoreDir.DEFAULT);
  }

  private static Testimony said(String source, NarInfo info, SecretKey... keys) {
    return new Testimony(source, signed(info, keys));
  }

  private static NarInfo signed(NarInfo info, SecretKey... keys) {
    NarInfo signed = info;
    for (SecretKey key : keys) {
      signed = signed.withSignature(key.sign(info.fingerprint(StoreDir.DEFAULT)));
    }
    return signed;
  }

  private static NarInfo info(String content) {
    NixHash hash = NixHash.sha256Of(Bytes.utf8(content));
    return NarInfo.of(PathInfo.of(PATH, hash, 100, List.of()));
  }

  private static NarInfo addressed(StorePath path, String content, ContentAddress address)
      throws Exception {
    Bytes nar = TestTree.file(content).nar();
    return NarInfo.of(
        new PathInfo(
            path,
            NixHash.sha256Of(nar),
            nar.size(),
            List.of(),
            Optional.empty(),
            List.of(),
            Optional.of(address),
            PathInfo.Origin.ELSEWHERE,
            0));
  }
}
