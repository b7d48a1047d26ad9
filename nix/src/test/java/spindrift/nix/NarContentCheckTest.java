package spindrift.nix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import spindrift.base.Bytes;
import spindrift.base.IntegrityException;
import spindrift.nix.ContentAddress.Method;

/** A NAR is what the content address of its object says, however it arrives. */
final class NarContentCheckTest {
  private static final Bytes CONTENT = Bytes.utf8("the contents of one file, and what is in it");

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 8, 97, 1000})
  void provesAFileByItsContents(int step) throws Exception {
    for (Method method : new Method[] {Method.FLAT, Method.TEXT}) {
      ContentAddress address = new ContentAddress(method, NixHash.sha256Of(CONTENT));
      check(address, file(FileMode.REGULAR, CONTENT), step);
      assertRefused(address, file(FileMode.REGULAR, Bytes.utf8("other")), step);
      assertRefused(address, file(FileMode.EXECUTABLE, CONTENT), step);
      assertRefused(address, link(), step);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 8, 1000})
  void provesATreeByItsNar(int step) throws Exception {
    Bytes nar = file(FileMode.EXECUTABLE, CONTENT);
    check(new ContentAddress(Method.NAR, NixHash.sha256Of(nar)), nar, step);
    assertRefused(new ContentAddress(Method.NAR, NixHash.sha256Of(nar)), link(), step);
  }

  @ParameterizedTest
  @EnumSource(HashAlgorithm.class)
  void knowsAllAlgorithmsOfTheJdk(HashAlgorithm algorithm) throws Exception {
    Optional<MessageDigest> digest = algorithm.newDigest();
    if (digest.isEmpty()) {
      NixHash any = new NixHash(algorithm, Bytes.owning(new byte[algorithm.size()]));
      assertThat(NarContentCheck.of(new ContentAddress(Method.FLAT, any))).isEmpty();
      return;
    }
    NixHash hash = new NixHash(algorithm, Bytes.owning(digest.get().digest(CONTENT.toArray())));
    check(new ContentAddress(Method.FLAT, hash), file(FileMode.REGULAR, CONTENT), 16);
  }

  @Test
  void provesAnEmptyFile() throws Exception {
    ContentAddress address = new ContentAddress(Method.FLAT, NixHash.sha256Of(Bytes.EMPTY));
    check(address, file(FileMode.REGULAR, Bytes.EMPTY), 5);
  }

  @ParameterizedTest
  @CsvSource({
    "git-tree, git:sha1:imvxyl43q0riqwbb8sqzs4hp34lmaq15",
    "git-tree, git:sha256:047vi2mmf5cw8z79ms9rn4cjb0c782mhvhk56djihypd197q63mi",
    "git-file, git:sha1:ayq7pz40pdnbgg4wvj40fg5p6sz87fa5",
  })
  void provesWhatNixHashedAsGitDoes(String tree, String address) throws Exception {
    Bytes nar = Vectors.read("nar/" + tree + ".nar");
    ContentAddress git = ContentAddress.parse("fixed:" + address);
    for (int step : new int[] {1, 7, 10_000}) {
      check(git, nar, step);
    }
    for (int at = 0; at < nar.size(); at++) {
      byte[] changed = nar.toArray();
      changed[at] ^= 1;
      assertRefused(git, Bytes.owning(changed), 10_000);
      assertRefused(git, nar.slice(0, at), 10_000);
    }
    assertRefused(git, nar.concat(Bytes.owning(new byte[8])), 10_000);
  }

  @ParameterizedTest
  @CsvSource({
    "git-executable, git:sha1:r6zi9whf6f4zp4sc74r099rk3hjqa90s",
    "git-link, git:sha1:6ihv8wmrfy4gnbvl1pdj1p0yxc7yq9al",
  })
  void provesNoRootWhoseKindItsGitHashDoesNotSay(String tree, String address) throws Exception {
    assertRefused(
        ContentAddress.parse("fixed:" + address), Vectors.read("nar/" + tree + ".nar"), 100);
  }

  @Test
  void provesSelfReferencesWithTheirPositions() throws Exception {
    NarInfo info = selfReferring("2.8-cfr24wb0zd9v44pvd4cvzbkxzr6gg6fr");
    Bytes nar = Vectors.read("nar/ca-self-2.8.nar");
    for (int step : new int[] {1, 31, 10_000}) {
      feed(selfCheck(info), nar, step);
    }
    for (int at = 0; at < nar.size(); at++) {
      byte[] changed = nar.toArray();
      changed[at] ^= 1;
      assertRefused(info, Bytes.owning(changed));
    }
  }

  /** What is hashed is the same, but positions stand behind the NAR, where none can be. */
  @Test
  void refusesPositionsThatAreWrittenBehindTheNar() throws Exception {
    NarInfo info = selfReferring("2.8-cfr24wb0zd9v44pvd4cvzbkxzr6gg6fr");
    byte[] nar = Vectors.read("nar/ca-self-2.8.nar").toArray();
    String text = new String(nar, StandardCharsets.ISO_8859_1);
    int first = text.indexOf(info.path().hashPart());
    int second = text.indexOf(info.path().hashPart(), first + 1);
    Arrays.fill(nar, first, first + 32, (byte) 0);
    Bytes forged = Bytes.owning(nar).concat(Bytes.utf8("|" + first));
    SelfReferenceHash hash =
        new SelfReferenceHash(info.path().hashPart(), SelfReferenceHash.Rule.POSITIONS_HASHED);
    hash.write(forged.toArray(), 0, forged.size());
    assertThat(second).isPositive();
    assertThat(hash.finish()).isEqualTo(info.ca().orElseThrow().hash());
    assertRefused(info, forged);
  }

  /** Of two references, one can be made zeros, and zeros a reference: nobody could tell. */
  @Test
  void doesNotProveSelfReferencesWithoutTheirPositions() throws Exception {
    NarInfo info = selfReferring("2.34-bsdidx1zqb7pikjhij0mfw64vg9s38la");
    Bytes nar = Vectors.read("nar/ca-self-2.34.nar");
    byte[] forged = nar.toArray();
    int first = new String(forged, StandardCharsets.ISO_8859_1).indexOf(info.path().hashPart());
    Arrays.fill(forged, first, first + 32, (byte) 0);
    for (Bytes either : List.of(nar, Bytes.owning(forged))) {
      NarContentCheck check = selfCheck(info);
      assertThatThrownBy(() -> feed(check, either, 100))
          .isInstanceOf(IntegrityException.class)
          .hasMessageContaining("does not tell references from zeros");
      assertThat(check.isAmbiguous()).isTrue();
    }
    NarContentCheck check = selfCheck(info);
    assertThatThrownBy(() -> feed(check, file(FileMode.REGULAR, CONTENT), 100))
        .isInstanceOf(IntegrityException.class);
    assertThat(check.isAmbiguous()).isFalse();
  }

  /** Where one reference can be in one place only, zeros there would be none. */
  @Test
  void provesTheOnlySelfReferenceThatThereCanBe() throws Exception {
    String own = "00bgd045z0d4icpbc2yyz4gx48ak44la";
    StorePath path = new StorePath(own, "self");
    Bytes nar = file(FileMode.REGULAR, Bytes.utf8("at /nix/store/" + own + "-self it is"));
    ContentAddress address = new ContentAddress(Method.NAR, masked(own, nar));
    feed(NarContentCheck.of(path, address, List.of(path)).orElseThrow(), nar, 10);
    Bytes zeros =
        file(FileMode.REGULAR, Bytes.utf8("at /nix/store/" + "\0".repeat(32) + "-self it is"));
    assertThat(masked(own, zeros)).isEqualTo(address.hash());
    NarContentCheck check = NarContentCheck.of(path, address, List.of(path)).orElseThrow();
    assertThatThrownBy(() -> feed(check, zeros, 10)).isInstanceOf(IntegrityException.class);
    assertThat(check.isAmbiguous()).isFalse();
  }

  private static NixHash masked(String own, Bytes nar) {
    SelfReferenceHash hash = new SelfReferenceHash(own, SelfReferenceHash.Rule.POSITIONS_DROPPED);
    hash.write(nar.toArray(), 0, nar.size());
    return hash.finish();
  }

  private static NarInfo selfReferring(String name) throws Exception {
    return NarInfo.parse(StoreDir.DEFAULT, Vectors.read("narinfo/" + name + ".narinfo"));
  }

  private static NarContentCheck selfCheck(NarInfo info) {
    return NarContentCheck.of(info.path(), info.ca().orElseThrow(), info.references())
        .orElseThrow();
  }

  private static void assertRefused(NarInfo info, Bytes nar) {
    assertThatThrownBy(() -> feed(selfCheck(info), nar, 100))
        .isInstanceOf(IntegrityException.class);
  }

  @Test
  void refusesANarThatIsCutOff() throws Exception {
    ContentAddress address = new ContentAddress(Method.FLAT, NixHash.sha256Of(CONTENT));
    Bytes nar = file(FileMode.REGULAR, CONTENT);
    int contents = nar.size() - 16 - 8 - CONTENT.size();
    for (int size = 0; size < contents + CONTENT.size(); size++) {
      assertRefused(address, nar.slice(0, size), 50);
    }
  }

  private static void check(ContentAddress address, Bytes nar, int step) throws Exception {
    feed(NarContentCheck.of(address).orElseThrow(), nar, step);
  }

  private static void feed(NarContentCheck check, Bytes nar, int step) throws Exception {
    byte[] bytes = nar.toArray();
    for (int at = 0; at < bytes.length; at += step) {
      check.write(bytes, at, Math.min(step, bytes.length - at));
    }
    check.finish("test");
  }

  private static void assertRefused(ContentAddress address, Bytes nar, int step) {
    assertThatThrownBy(() -> check(address, nar, step)).isInstanceOf(IntegrityException.class);
  }

  private static Bytes file(FileMode mode, Bytes content) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new NarWriter(out).regular(mode, content.size(), new ByteArrayInputStream(content.toArray()));
    return Bytes.owning(out.toByteArray());
  }

  private static Bytes link() throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new NarWriter(out).symlink(Bytes.utf8("elsewhere"));
    return Bytes.owning(out.toByteArray());
  }
}
