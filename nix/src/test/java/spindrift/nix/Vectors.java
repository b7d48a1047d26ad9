package spindrift.nix;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import spindrift.base.Bytes;

/** What real Nix wrote; see the provenance beside the files. */
final class Vectors {
  private static final Path ROOT = Path.of("src/test/resources/vectors/nix");

  private Vectors() {}

  static Bytes read(String name) {
    return read(ROOT.resolve(name));
  }

  static Bytes read(Path file) {
    try {
      return Bytes.owning(Files.readAllBytes(file));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  static String text(String name) {
    return read(name).utf8().orElseThrow();
  }

  /** The files of a directory, sorted by name. */
  static List<Path> list(String directory) {
    try (Stream<Path> files = Files.list(ROOT.resolve(directory))) {
      return files.sorted().toList();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  static String name(Path file) {
    return Objects.requireNonNull(file.getFileName()).toString();
  }
}
