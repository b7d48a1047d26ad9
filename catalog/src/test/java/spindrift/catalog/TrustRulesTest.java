package spindrift.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import spindrift.base.Bytes;
import spindrift.base.MalformedDataException;
import spindrift.catalog.TrustRule.Accept;
import spindrift.nix.ContentAddress;
import spindrift.nix.NarInfo;
import spindrift.nix.NixHash;
import spindrift.nix.PathInfo;
import spindrift.nix.PublicKey;
import spindrift.nix.References;
import spindrift.nix.SecretKey;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;
import spindrift.nix.StorePathCalculator;

/** What it takes depends on the path and on who says it; the first rule that matches counts. */
final class TrustRulesTest {
  private static final SecretKey USUAL = SecretKey.generate("usual-1");
  private static final SecretKey OTHER = SecretKey.generate("other-1");
  private static final String HASH = "a".repeat(32);
  private static final String CACHE = "https://cache.example.org";

  @ParameterizedTest
  @CsvSource({
    "*, hello-2.12, true",
    "hello-*, hello-2.12, true",
    "hello-*, hello, false",
    "hello-*, say-hello-2, false",
    "*-linux-*, kernel-linux-6.1, true",
    "*-linux-*, linux-6.1, false",
    "?ello, hello, true",
    "?ello, ello, false",
    "hello, hello, true",
    "hello, Hello, false",
    "hello, hello-2.12, false",
    "hello, aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-hello, false",
    "**a*?*b**, xaxxb, true",
    "a*b*c, abcbcb, false",
    "x?y, x?y, true",
    "a.b, axb, false",
    "a+b, aab, false",
    "/nix/store/*-hello, hello, true",
    "/nix/store/aaaa*-hello, hello, true",
    "/nix/store/*-hello, hello-2, false",
    "/gnu/store/*-hello, hello, false",
    "/nix/store/hello, hello, false",
    "*/hello, hello, bad",
    "[ab]*, a, bad",
    "a b, a, bad",
    "a\\b, a, bad",
  })
  void matchesNames(String pattern, String name, String expected) throws Exception {
    if (expected.equals("bad")) {
      assertThatThrownBy(() -> PathPattern.parse(pattern))
          .isInstanceOf(MalformedDataException.class);
      return;
    }
    assertThat(PathPattern.parse(pattern).matches(new StorePath(HASH, name), StoreDir.DEFAULT))
        .isEqualTo(Boolean.parseBoolean(expected));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n", "*\0", "\u202e*", "é*"})
  void refusesPatternsThatNothingCanMatch(String text) {
    assertThatThrownBy(() -> PathPattern.parse(text)).isInstanceOf(MalformedDataException.class);
    assertThatThrownBy(() -> PathPattern.parse("*".repeat(513)))
        .isInstanceOf(MalformedDataException.class);
  }

  /** Many stars must not make it slow. */
  @Test
  void matchesManyStarsInNoTime() throws Exception {
    PathPattern pattern = PathPattern.parse("*a".repeat(200) + "b");
    assertThat(pattern.matches(new StorePath(HASH, "a".repeat(200)), StoreDir.DEFAULT)).isFalse();
  }

  @Test
  void takesTheFirstRuleThatMatches() throws Exception {
    TrustPolicy policy =
        policy(
            Map.of(),
            with(rule("secret-*", "", Accept.SIGNED), List.of(OTHER.publicKey())),
            rule("secret-*", "", Accept.NONE),
            rule("bad-*", "", Accept.NONE));
    assertThat(kind(policy, said("x", "secret-x", OTHER))).isEqualTo("Accepted");
    assertThat(kind(policy, said("x", "secret-x", USUAL))).isEqualTo("Open");
    assertThat(kind(policy, said("x", "bad-x", USUAL, OTHER))).isEqualTo("Refused");
    assertThat(kind(policy, said("x", "good-x", USUAL))).isEqualTo("Accepted");
    assertThat(kind(policy, said("x", "good-x", OTHER))).isEqualTo("Open");
    assertThat(policy.judge(List.of(said("x", "secret-x", USUAL))).reasons())
        .contains("signed by usual-1, which does not count here");
    assertThat(policy.judge(List.of(said("x", "bad-x", USUAL))).reasons())
        .containsExactly("trust.rule takes nothing from x");
  }

  @Test
  void holdsForOneUpstreamOnly() throws Exception {
    TrustPolicy policy = policy(Map.of(), rule("", CACHE, Accept.NONE));
    for (String same : List.of(CACHE, CACHE + "/", "HTTPS://Cache.Example.org:443")) {
      assertThat(kind(policy, said(same, "x", USUAL))).as(same).isEqualTo("Open");
    }
    for (String other :
        List.of("http://cache.example.org", CACHE + ":8443", CACHE + "/sub", "peer", "https://x")) {
      assertThat(kind(policy, said(other, "x", USUAL))).as(other).isEqualTo("Accepted");
    }
    assertThat(kind(policy, said(CACHE, "x", USUAL), said("peer", "x", USUAL)))
        .isEqualTo("Accepted");
  }

  @Test
  void countsAnUpstreamsOwnKeysForItAlone() throws Exception {
    TrustPolicy policy = policy(Map.of(CACHE + "/", List.of(OTHER.publicKey())));
    assertThat(kind(policy, said(CACHE, "x", OTHER))).isEqualTo("Accepted");
    assertThat(kind(policy, said(CACHE, "x", USUAL))).isEqualTo("Open");
    assertThat(kind(policy, said("peer", "x", OTHER))).isEqualTo("Open");
    assertThat(kind(policy, said("peer", "x", USUAL))).isEqualTo("Accepted");
  }

  @Test
  void countsAnUpstreamsKeysBesideOthersForAQuorum() throws Exception {
    TrustPolicy policy =
        new TrustPolicy(
            new TrustRules(
                List.of(USUAL.publicKey()),
                2,
                List.of(),
                Map.of(CACHE, List.of(OTHER.publicKey()))),
            StoreDir.DEFAULT);
    assertThat(kind(policy, said(CACHE, "x", OTHER), said("peer", "x", USUAL)))
        .isEqualTo("Accepted");
    assertThat(kind(policy, said("peer", "x", OTHER, USUAL))).isEqualTo("Open");
  }

  @Test
  void asksForMoreKeysWhereARuleSaysSo() throws Exception {
    TrustPolicy policy =
        policy(
            Map.of(),
            with(
                quorum(rule("*-linux-*", "", Accept.ANY), 2),
                List.of(USUAL.publicKey(), OTHER.publicKey())));
    assertThat(kind(policy, said("x", "kernel-linux-6", USUAL))).isEqualTo("Open");
    assertThat(kind(policy, said("x", "kernel-linux-6", USUAL, OTHER))).isEqualTo("Accepted");
    assertThat(kind(policy, said("x", "hello", USUAL))).isEqualTo("Accepted");
  }

  /** A lax rule for one source does not help those that it is not about. */
  @Test
  void asksLessOnlyForWhatTheSourceBrings() throws Exception {
    TrustRules rules =
        new TrustRules(
            List.of(USUAL.publicKey(), OTHER.publicKey()),
            2,
            List.of(quorum(rule("", CACHE, Accept.ANY), 1)),
            Map.of());
    TrustPolicy policy = new TrustPolicy(rules, StoreDir.DEFAULT);
    assertThat(kind(policy, said("peer", "x", USUAL), said(CACHE, "x"))).isEqualTo("Open");
    assertThat(kind(policy, said("peer", "x", USUAL), said(CACHE, "x", OTHER)))
        .isEqualTo("Accepted");
    assertThat(kind(policy, said(CACHE, "x", OTHER))).isEqualTo("Accepted");
  }

  @Test
  void takesWhatIsContentAddressedOnlyWhereItMay() throws Exception {
    for (Accept accept : Accept.values()) {
      TrustPolicy policy = policy(Map.of(), rule("", "", accept));
      assertThat(kind(policy, new Testimony("x", addressed())))
          .isEqualTo(
              accept.takesProved() ? "Accepted" : accept == Accept.NONE ? "Refused" : "Open");
      assertThat(kind(policy, said("x", "x", USUAL)))
          .isEqualTo(
              accept.takesSigned() ? "Accepted" : accept == Accept.NONE ? "Refused" : "Open");
    }
  }

  private static String kind(TrustPolicy policy, Testimony... testimonies) {
    Verdict verdict = policy.judge(List.of(testimonies));
    assertThat(verdict.reasons()).isNotEmpty();
    return verdict.getClass().getSimpleName();
  }

  private static TrustPolicy policy(Map<String, List<PublicKey>> upstreams, TrustRule... rules) {
    return new TrustPolicy(
        new TrustRules(List.of(USUAL.publicKey()), 1, List.of(rules), upstreams), StoreDir.DEFAULT);
  }

  private static TrustRule rule(String paths, String upstream, Accept accept) {
    return new TrustRule(
        "trust.rule",
        paths.isEmpty() ? Optional.empty() : Optional.of(new PathPattern(paths)),
        upstream.isEmpty() ? Optional.empty() : Optional.of(upstream),
        Optional.empty(),
        OptionalInt.empty(),
        accept);
  }

  private static TrustRule with(TrustRule rule, List<PublicKey> keys) {
    return new TrustRule(
        rule.name(),
        rule.paths(),
        rule.upstream(),
        Optional.of(keys),
        rule.quorum(),
        rule.accept());
  }

  private static TrustRule quorum(TrustRule rule, int quorum) {
    return new TrustRule(
        rule.name(),
        rule.paths(),
        rule.upstream(),
        rule.keys(),
        OptionalInt.of(quorum),
        rule.accept());
  }

  private static Testimony said(String source, String name, SecretKey... keys) {
    NixHash hash = NixHash.sha256Of(Bytes.utf8("content"));
    NarInfo info = NarInfo.of(PathInfo.of(new StorePath(HASH, name), hash, 100, List.of()));
    for (SecretKey key : keys) {
      info = info.withSignature(key.sign(info.fingerprint(StoreDir.DEFAULT)));
    }
    return new Testimony(source, info);
  }

  private static NarInfo addressed() throws Exception {
    Bytes nar = TestTree.file("addressed").nar();
    ContentAddress address = new ContentAddress(ContentAddress.Method.NAR, NixHash.sha256Of(nar));
    StorePath path =
        new StorePathCalculator(StoreDir.DEFAULT)
            .contentAddressed("object", address, References.NONE);
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
