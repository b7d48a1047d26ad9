package spindrift.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import spindrift.base.Bytes;
import spindrift.base.IntegrityException;
import spindrift.nix.ContentAddress;
import spindrift.nix.ContentAddress.Method;
import spindrift.nix.HashAlgorithm;
import spindrift.nix.NarContentCheck;
import spindrift.nix.NarInfo;
import spindrift.nix.NixHash;
import spindrift.nix.PathInfo;
import spindrift.nix.References;
import spindrift.nix.SecretKey;
import spindrift.nix.Signature;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;
import spindrift.nix.StorePathCalculator;

/** Narinfos from elsewhere pass with a trusted signature, or when their contents prove them. */
final class TrustPolicyTest {
  private static final SecretKey KEY = SecretKey.generate("trusted-1");
  private static final SecretKey OTHER = SecretKey.generate("other-1");
  private static final TrustPolicy TRUSTED =
      new TrustPolicy(TrustRules.anyOf(List.of(KEY.publicKey())), StoreDir.DEFAULT);
  private static final TestTree FILE = TestTree.file("some text");
  private static final StorePath REFERENCE = Holdings.path('r');

  @Test
  void keepsSignaturesThatAreRightAndNoOthers() throws Exception {
    NarInfo info = Holdings.narInfo(Holdings.path('a'), FILE, REFERENCE);
    NarInfo signed =
        signedBy(signedBy(info, OTHER), KEY).withSignature(KEY.sign(Bytes.utf8("something else")));
    NarInfo accepted = accept(signed).orElseThrow();
    assertThat(accepted).isEqualTo(signedBy(info, KEY));
    assertThat(TRUSTED.check(accepted)).isEmpty();
  }

  @Test
  void refusesWhatNoTrustedKeySigned() throws Exception {
    NarInfo info = Holdings.narInfo(Holdings.path('a'), FILE);
    assertThat(accept(info)).isEmpty();
    assertThat(accept(signedBy(info, OTHER))).isEmpty();
    NarInfo forged =
        info.withSignature(
            new Signature("trusted-1", OTHER.sign(info.fingerprint(StoreDir.DEFAULT)).bytes()));
    assertThat(accept(forged)).isEmpty();
    Testimony signed = new Testimony("peer", signedBy(info, KEY));
    TrustRules nobody = TrustRules.anyOf(List.of());
    for (TrustPolicy other :
        List.of(
            new TrustPolicy(TRUSTED.rules(), new StoreDir("/other/store")),
            new TrustPolicy(nobody, StoreDir.DEFAULT))) {
      assertThat(other.judge(List.of(signed))).isInstanceOf(Verdict.Open.class);
    }
    assertThat(TRUSTED.isForged(forged)).isTrue();
    assertThat(TRUSTED.isForged(signedBy(info, OTHER))).isFalse();
    assertThat(TRUSTED.isForged(signedBy(info, KEY))).isFalse();
  }

  @Test
  void acceptsAContentAddressedPathWithoutASignature() throws Exception {
    ContentAddress text =
        new ContentAddress(Method.TEXT, NixHash.sha256Of(Bytes.utf8("some text")));
    ContentAddress flat =
        new ContentAddress(Method.FLAT, NixHash.sha256Of(Bytes.utf8("some text")));
    ContentAddress nar = new ContentAddress(Method.NAR, NixHash.sha256Of(FILE.nar()));
    for (NarInfo info :
        List.of(addressed(text, REFERENCE), addressed(flat), addressed(nar, REFERENCE))) {
      NarInfo accepted = accept(info).orElseThrow();
      assertThat(accepted).isEqualTo(info);
      feed(TRUSTED.check(accepted), FILE.nar());
      assertThatThrownBy(() -> feed(TRUSTED.check(accepted), TestTree.file("another").nar()))
          .isInstanceOf(IntegrityException.class);
    }
  }

  @Test
  void refusesAContentAddressOfAnotherPath() throws Exception {
    ContentAddress nar = new ContentAddress(Method.NAR, NixHash.sha256Of(FILE.nar()));
    NarInfo right = addressed(nar);
    NarInfo wrong = described(Holdings.path('a'), nar);
    assertThat(accept(right)).isPresent();
    assertThat(accept(wrong)).isEmpty();
    assertThat(accept(signedBy(wrong, KEY))).isEmpty();
    ContentAddress flat = new ContentAddress(Method.FLAT, nar.hash());
    NarInfo impossible = described(right.path(), flat, REFERENCE);
    assertThat(accept(signedBy(impossible, KEY))).isEmpty();
  }

  @Test
  void refusesWhatCannotBeProvedHereUnlessItIsSigned() throws Exception {
    ContentAddress blake =
        new ContentAddress(
            Method.FLAT, new NixHash(HashAlgorithm.BLAKE3, Bytes.owning(new byte[32])));
    assertThat(accept(addressed(blake))).isEmpty();
    NarInfo accepted = accept(signedBy(addressed(blake), KEY)).orElseThrow();
    assertThat(TRUSTED.check(accepted)).isEmpty();
  }

  @Test
  void demandsAProofOfWhatRefersToItselfUnlessItIsSigned() throws Exception {
    ContentAddress self =
        new ContentAddress(Method.NAR, NixHash.sha256Of(Bytes.utf8("modulo itself")));
    StorePath path =
        new StorePathCalculator(StoreDir.DEFAULT)
            .contentAddressed("self", self, References.NONE.withSelf());
    NarInfo info = described(path, self, path);
    NarInfo unsigned = accept(info).orElseThrow();
    assertThatThrownBy(() -> feed(TRUSTED.check(unsigned), FILE.nar()))
        .isInstanceOf(IntegrityException.class);
    assertThat(TRUSTED.check(accept(signedBy(info, KEY)).orElseThrow())).isEmpty();
  }

  private static Optional<NarInfo> accept(NarInfo info) {
    Testimony testimony = new Testimony("peer", info);
    Verdict verdict = TRUSTED.judge(List.of(testimony));
    assertThat(TRUSTED.isOfUse(testimony)).isEqualTo(verdict instanceof Verdict.Accepted);
    assertThat(verdict.reasons()).isNotEmpty();
    return verdict instanceof Verdict.Accepted accepted
        ? Optional.of(accepted.info())
        : Optional.empty();
  }

  private static NarInfo signedBy(NarInfo info, SecretKey key) {
    return info.withSignature(key.sign(info.fingerprint(StoreDir.DEFAULT)));
  }

  private static NarInfo addressed(ContentAddress ca, StorePath... references) throws Exception {
    StorePath path =
        new StorePathCalculator(StoreDir.DEFAULT)
            .contentAddressed("object", ca, References.to(List.of(references)));
    return described(path, ca, references);
  }

  private static NarInfo described(StorePath path, ContentAddress ca, StorePath... references)
      throws Exception {
    Bytes nar = FILE.nar();
    return NarInfo.of(
        new PathInfo(
            path,
            NixHash.sha256Of(nar),
            nar.size(),
            List.of(references),
            Optional.of(Holdings.path('d')),
            List.of(),
            Optional.of(ca),
            PathInfo.Origin.ELSEWHERE,
            0));
  }

  private static void feed(Optional<NarContentCheck> check, Bytes nar) throws Exception {
    check.orElseThrow().write(nar.toArray(), 0, nar.size());
    check.orElseThrow().finish("test");
  }
}
