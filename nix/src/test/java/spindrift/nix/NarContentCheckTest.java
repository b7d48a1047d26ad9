package spindrift.nix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.security.MessageDigest;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
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

  @Test
  void makesNoCheckOfGitHashes() {
    NixHash hash = NixHash.sha256Of(CONTENT);
    assertThat(NarContentCheck.of(new ContentAddress(Method.GIT, hash))).isEmpty();
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
    NarContentCheck check = NarContentCheck.of(address).orElseThrow();
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
