package spindrift.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.ByteTarget;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.IntegrityException;
import spindrift.nix.NixHash;

/** A NAR from files is the promised one or does not end. */
final class StoreNarTest {
  private static final TestTree TREE =
      TestTree.directory(
          "a", TestTree.file("first"),
          "b", TestTree.directory("x", TestTree.program(TestTree.noise(7, 300_000))),
          "c", TestTree.link("b/x"));

  @TempDir Path scratch;

  private Path root = Path.of("");
  private Bytes nar = Bytes.EMPTY;
  private final List<Bytes> proved = new ArrayList<>();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  @BeforeEach
  void writeFiles() throws Exception {
    root = TREE.write(scratch.resolve("object"));
    nar = TREE.nar();
  }

  @Test
  void rendersTheWholeAndRemembersThatItWasRight() throws Exception {
    StoreNar first = storeNar(Optional.empty());
    assertThat(first.size()).isEqualTo(nar.size());
    assertThat(whole(first)).isEqualTo(nar);
    assertThat(proved).hasSize(1);
    assertThat(whole(storeNar(Optional.of(proved.getFirst())))).isEqualTo(nar);
    assertThat(proved).as("not hashed again").hasSize(1);
  }

  @Test
  void rendersRanges() throws Exception {
    TestTree small = TestTree.directory("f", TestTree.file("content"), "l", TestTree.link("f"));
    Path files = small.write(scratch.resolve("small"));
    Bytes expected = small.nar();
    StoreNar source =
        new StoreNar(
            files, NixHash.sha256Of(expected), expected.size(), Optional.empty(), proved::add);
    for (int from = 0; from <= expected.size(); from++) {
      for (int to : new int[] {from, from + 1, from + 13, expected.size() - 1, expected.size()}) {
        if (to >= from && to <= expected.size() && (from > 0 || to < expected.size())) {
          out.reset();
          source.writeTo(ByteTarget.of(out), from, to);
          assertThat(Bytes.copyOf(out.toByteArray())).isEqualTo(expected.slice(from, to));
        }
      }
    }
  }

  @Test
  void holdsTheLastByteBackWhenTheHashIsWrong() {
    StoreNar wrong =
        new StoreNar(
            root, NixHash.sha256Of(Bytes.EMPTY), nar.size(), Optional.empty(), proved::add);
    assertThatThrownBy(() -> whole(wrong)).isInstanceOf(IntegrityException.class);
    assertThat(out.size()).isEqualTo(nar.size() - 1);
    assertThat(proved).isEmpty();
  }

  @Test
  void refusesFilesOfAnotherSize() {
    StoreNar wrong =
        new StoreNar(root, NixHash.sha256Of(nar), nar.size() + 8, Optional.empty(), proved::add);
    assertThatThrownBy(() -> whole(wrong)).isInstanceOf(IntegrityException.class);
    assertThat(out.size()).isLessThan(nar.size() + 8);
  }

  @Test
  void readsTouchedFilesOnceMore() throws Exception {
    Bytes fingerprint = prove();
    Files.setLastModifiedTime(root.resolve("a"), FileTime.fromMillis(1));

    assertThat(whole(storeNar(Optional.of(fingerprint)))).isEqualTo(nar);
    assertThat(proved).hasSize(2).doesNotHaveDuplicates();
  }

  @Test
  void aChangedFileNeverEndsCleanly() throws Exception {
    Bytes fingerprint = prove();
    rewrite(root.resolve("a"), "First");

    assertThatThrownBy(() -> whole(storeNar(Optional.of(fingerprint))))
        .isInstanceOf(IntegrityException.class);
    assertThat(out.size()).isEqualTo(nar.size() - 1);
    assertThatThrownBy(
            () -> storeNar(Optional.of(fingerprint)).writeTo((b, from, length) -> {}, 8, 100))
        .as("nor does a part of what it was")
        .isInstanceOf(IntegrityException.class);
  }

  @Test
  void aFileThatGrewOrShrankNeverEndsCleanly() throws Exception {
    Bytes fingerprint = prove();
    for (String content : List.of("first and more than before", "f")) {
      rewrite(root.resolve("a"), content);
      out.reset();
      assertThatThrownBy(() -> whole(storeNar(Optional.of(fingerprint))))
          .isInstanceOf(IntegrityException.class);
      assertThat(out.size()).isLessThan(nar.size());
    }
  }

  @Test
  void aNewNameIsNoticed() throws Exception {
    Bytes fingerprint = prove();
    Files.move(root.resolve("c"), root.resolve("d"));
    assertThatThrownBy(() -> whole(storeNar(Optional.of(fingerprint))))
        .isInstanceOf(IntegrityException.class);
  }

  @Test
  void aVanishedFileIsAnError() throws Exception {
    Bytes fingerprint = prove();
    Files.delete(root.resolve("a"));
    assertThatThrownBy(() -> whole(storeNar(Optional.of(fingerprint))))
        .isInstanceOf(IntegrityException.class);
    Files.delete(root.resolve("b/x"));
    Files.delete(root.resolve("b"));
    Files.delete(root.resolve("c"));
    Files.delete(root);
    out.reset();
    assertThatThrownBy(() -> whole(storeNar(Optional.of(fingerprint))))
        .isInstanceOf(IOException.class);
    assertThat(out.size()).isZero();
  }

  @Test
  void anUnreadableFileIsAnError() throws Exception {
    assumeThat(System.getProperty("user.name")).as("root may read anything").isNotEqualTo("root");
    Files.setPosixFilePermissions(
        root.resolve("b/x"), PosixFilePermissions.fromString("---------"));
    assertThatThrownBy(() -> whole(storeNar(Optional.empty()))).isInstanceOf(IOException.class);
  }

  private Bytes prove() throws IOException, FaultException {
    whole(storeNar(Optional.empty()));
    out.reset();
    return proved.getFirst();
  }

  private StoreNar storeNar(Optional<Bytes> fingerprint) {
    return new StoreNar(root, NixHash.sha256Of(nar), nar.size(), fingerprint, proved::add);
  }

  private Bytes whole(StoreNar source) throws IOException, FaultException {
    out.reset();
    source.writeTo(ByteTarget.of(out), 0, source.size());
    return Bytes.copyOf(out.toByteArray());
  }

  /** Puts a new file in the place of the old one, as no program may do in a Nix store. */
  private static void rewrite(Path file, String content) throws IOException {
    Files.delete(file);
    Files.writeString(file, content);
  }
}
