package spindrift.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** File trees, compared as far as a store path goes. */
final class Trees {
  private Trees() {}

  /** Names, kinds, contents, targets; and execute bits. */
  static void assertSame(Path actual, Path expected) throws IOException {
    assertThat(list(actual)).isEqualTo(list(expected));
    for (String name : list(expected).keySet()) {
      Path file = expected.resolve(name);
      if (!Files.isSymbolicLink(file) && Files.isRegularFile(file)) {
        assertThat(Files.mismatch(actual.resolve(name), file)).as(name).isEqualTo(-1);
      }
    }
  }

  private static Map<String, String> list(Path root) throws IOException {
    Map<String, String> entries = new TreeMap<>();
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        entries.put(root.relativize(file).toString(), kind(file));
      }
    }
    return entries;
  }

  private static String kind(Path file) throws IOException {
    if (Files.isSymbolicLink(file)) {
      return "link to " + Files.readSymbolicLink(file);
    }
    if (Files.isDirectory(file)) {
      return "directory";
    }
    return Files.size(file) + " bytes";
  }
}
