package spindrift.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.Bytes;
import spindrift.base.ConfigException;
import spindrift.base.FaultException;
import spindrift.base.IntegrityException;
import spindrift.base.MalformedDataException;
import spindrift.base.RawPath;
import spindrift.catalog.Progress;
import spindrift.nix.FileMode;
import spindrift.nix.NarVisitor;
import spindrift.nix.NarWriter;
import spindrift.nix.NixHash;

class NarTargetTest {
  @TempDir private Path folder;

  /** Writes part of a NAR. */
  private interface Tree {
    void tell(NarVisitor nar) throws IOException, FaultException;
  }

  private static Bytes nar(Tree tree) throws IOException, FaultException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    NarWriter writer = new NarWriter(out);
    tree.tell(writer);
    writer.finish();
    return Bytes.owning(out.toByteArray());
  }

  private static void file(NarVisitor nar, FileMode mode, String text)
      throws IOException, FaultException {
    Bytes contents = Bytes.utf8(text);
    nar.regular(mode, contents.size(), new ByteArrayInputStream(contents.toArray()));
  }

  private static Bytes sample() throws IOException, FaultException {
    return nar(
        nar -> {
          nar.startDirectory();
          nar.entry(Bytes.utf8("bin"));
          nar.startDirectory();
          nar.entry(Bytes.utf8("run"));
          file(nar, FileMode.EXECUTABLE, "#!/bin/sh\n");
          nar.endDirectory();
          nar.entry(Bytes.utf8("empty"));
          nar.startDirectory();
          nar.endDirectory();
          nar.entry(Bytes.utf8("file"));
          file(nar, FileMode.REGULAR, "text");
          nar.entry(Bytes.utf8("link"));
          nar.symlink(Bytes.utf8("bin//run/"));
          nar.entry(Bytes.of('r', 0xff, 0xfe));
          file(nar, FileMode.REGULAR, "");
          nar.endDirectory();
        });
  }

  private static VerifiedNar verified(Bytes bytes, Bytes promised) {
    return new VerifiedNar(
        new ByteArrayInputStream(bytes.toArray()),
        NixHash.sha256Of(promised),
        promised.size(),
        "/nix/store/x-sample",
        Progress.NONE);
  }

  private static VerifiedNar verified(Bytes nar) {
    return verified(nar, nar);
  }

  private static Bytes wrongAt(int at, Bytes bytes) {
    byte[] array = bytes.toArray();
    array[at] ^= 1;
    return Bytes.owning(array);
  }

  private List<Path> left() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(
        Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS));
  }

  @Test
  void restoresATreeWithNamesAndTargetsAsTheyAre() throws Exception {
    Path target = folder.resolve("tree");
    NarTarget.toTree(verified(sample()), target);
    assertThat(target.resolve("file")).hasContent("text");
    assertThat(target.resolve("bin/run")).hasContent("#!/bin/sh\n").isExecutable();
    assertThat(target.resolve("empty")).isEmptyDirectory();
    assertThat(target.resolve(RawPath.of(Bytes.of('r', 0xff, 0xfe)))).isEmptyFile();
    assertThat(RawPath.bytes(Files.readSymbolicLink(target.resolve("link"))))
        .isEqualTo(Bytes.utf8("bin//run/"));
    assertThat(left()).containsExactly(target);
  }

  @Test
  void nobodyElseMayWriteWhatIsRestored() throws Exception {
    Path target = folder.resolve("tree");
    NarTarget.toTree(verified(sample()), target);
    for (String name : List.of("", "file", "bin", "bin/run")) {
      assertThat(Files.getPosixFilePermissions(target.resolve(name)))
          .doesNotContain(PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE);
    }
    assertThat(mode(target.resolve("file"))).startsWith("rw-");
    assertThat(mode(target.resolve("bin/run"))).startsWith("rwx");
  }

  @Test
  void restoresAFileAndALinkAsTheWholeTree() throws Exception {
    Path file = folder.resolve("file");
    NarTarget.toTree(verified(nar(nar -> file(nar, FileMode.REGULAR, "alone"))), file);
    assertThat(file).hasContent("alone");
    Path link = folder.resolve("link");
    NarTarget.toTree(verified(nar(nar -> nar.symlink(Bytes.utf8("nowhere")))), link);
    assertThat(Files.readSymbolicLink(link)).isEqualTo(Path.of("nowhere"));
  }

  @Test
  void writesANarInPlaceOfAFile() throws Exception {
    Path file = folder.resolve("x.nar");
    Files.writeString(file, "old");
    NarTarget.toFile(verified(sample()), file);
    assertThat(Bytes.owning(Files.readAllBytes(file))).isEqualTo(sample());
    assertThat(left()).containsExactly(file);
  }

  @Test
  void leavesNothingBehindWhereverTheNarEnds() throws Exception {
    Bytes nar = sample();
    // NARs are made of groups of eight bytes; the reader is tested with all the sizes between.
    for (int size = 0; size < nar.size(); size += 8) {
      Bytes cut = nar.slice(0, size);
      assertThatThrownBy(() -> NarTarget.toTree(verified(cut, nar), folder.resolve("tree")))
          .as("tree of %s bytes", size)
          .isInstanceOfAny(IOException.class, FaultException.class);
      assertThat(left()).isEmpty();
    }
    for (int size = 0; size < nar.size(); size += 64) {
      Bytes cut = nar.slice(0, size);
      assertThatThrownBy(() -> NarTarget.toFile(verified(cut, nar), folder.resolve("nar")))
          .as("file of %s bytes", size)
          .isInstanceOf(IOException.class);
      assertThat(left()).isEmpty();
    }
  }

  @Test
  void leavesNothingBehindWhereverAByteIsWrong() throws Exception {
    Bytes nar = sample();
    for (int at = 0; at < nar.size(); at += 7) {
      Bytes wrong = wrongAt(at, nar);
      assertThatThrownBy(() -> NarTarget.toTree(verified(wrong, nar), folder.resolve("tree")))
          .as("byte %s", at)
          .isInstanceOfAny(IOException.class, FaultException.class);
      assertThat(left()).isEmpty();
    }
    assertThatThrownBy(
            () -> NarTarget.toFile(verified(wrongAt(40, nar), nar), folder.resolve("nar")))
        .isInstanceOf(IntegrityException.class);
    assertThat(left()).isEmpty();
  }

  @Test
  void keepsTheOldFileWhenTheNewNarIsWrong() throws Exception {
    Path file = folder.resolve("x.nar");
    Files.writeString(file, "old");
    assertThatThrownBy(() -> NarTarget.toFile(verified(Bytes.utf8("no"), sample()), file))
        .isInstanceOf(IOException.class);
    assertThat(file).hasContent("old");
  }

  @Test
  void refusesBytesBehindTheTree() throws Exception {
    Bytes more = sample().concat(Bytes.of(0));
    assertThatThrownBy(() -> NarTarget.toTree(verified(more), folder.resolve("tree")))
        .isInstanceOf(MalformedDataException.class);
    assertThat(left()).isEmpty();
  }

  @Test
  void refusesATargetThatExists() throws Exception {
    Path dangling = folder.resolve("link");
    Files.createSymbolicLink(dangling, Path.of("nowhere"));
    Path empty = Files.createDirectory(folder.resolve("empty"));
    for (Path target : List.of(dangling, empty)) {
      assertThatThrownBy(() -> NarTarget.toTree(verified(sample()), target))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("exists already");
    }
    assertThat(left()).containsExactlyInAnyOrder(dangling, empty);
  }

  @Test
  void refusesATargetInAFolderThatDoesNotExist() throws Exception {
    Path target = folder.resolve("a/b");
    assertThatThrownBy(() -> NarTarget.toTree(verified(sample()), target))
        .isInstanceOf(ConfigException.class);
    assertThatThrownBy(() -> NarTarget.toFile(verified(sample()), target))
        .isInstanceOf(ConfigException.class);
    assertThatThrownBy(() -> NarTarget.toFile(verified(sample()), folder))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("a folder");
  }

  @Test
  void neverWritesThroughALink() throws Exception {
    Path outside = folder.resolve("outside");
    Files.createDirectory(outside);
    Path root = folder.resolve("tree");
    TreeRestorer restorer = new TreeRestorer(root);
    restorer.startDirectory();
    restorer.entry(Bytes.utf8("a"));
    restorer.symlink(RawPath.bytes(outside));
    // The reader lets no name stand twice; here it does.
    restorer.entry(Bytes.utf8("a"));
    assertThatThrownBy(() -> file(restorer, FileMode.REGULAR, "x")).isInstanceOf(IOException.class);
    assertThatThrownBy(restorer::startDirectory).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> restorer.symlink(Bytes.utf8("a/"))).isInstanceOf(IOException.class);
    assertThat(outside).isEmptyDirectory();
  }

  @Test
  void streamsANarAndFailsAtTheEndWhenItIsWrong() throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    NarTarget.toStream(verified(sample()), new PrintStream(out, false));
    assertThat(Bytes.owning(out.toByteArray())).isEqualTo(sample());
    Bytes other = nar(nar -> nar.symlink(Bytes.utf8("x")));
    assertThatThrownBy(
            () -> NarTarget.toStream(verified(other, sample()), new PrintStream(out, false)))
        .isInstanceOf(IOException.class);
  }
}
