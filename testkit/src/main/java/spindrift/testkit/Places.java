package spindrift.testkit;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Where the tools put what tests use. */
final class Places {
  private Places() {}

  /** A program on PATH. */
  static Optional<Path> program(String name) {
    return searchPath().stream()
        .map(folder -> folder.resolve(name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** The folders of PATH. */
  static List<Path> searchPath() {
    String path = System.getenv("PATH");
    return Stream.of((path == null ? "" : path).split(File.pathSeparator, -1))
        .filter(folder -> !folder.isEmpty())
        .map(Path::of)
        .toList();
  }

  /** The folder {@code tools} of the sources that this was built from. */
  static Path tools() {
    String repository = System.getProperty("spindrift.repo");
    Path folder = Path.of(repository == null ? "" : repository).toAbsolutePath();
    while (!Files.exists(folder.resolve("tools/peers.sh"))) {
      folder = folder.getParent();
      if (folder == null) {
        throw new IllegalStateException("not run within the sources, see -Dspindrift.repo");
      }
    }
    return folder.resolve("tools");
  }

  /**
   * The folder that an environment variable names; without it the one in the user's cache folder,
   * as in tools/*.sh.
   */
  static Path find(String variable, String name) {
    String configured = System.getenv(variable);
    if (configured != null && !configured.isEmpty()) {
      return Path.of(configured);
    }
    String xdg = System.getenv("XDG_CACHE_HOME");
    Path cache =
        xdg == null || xdg.isEmpty()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(xdg);
    return cache.resolve("spindrift").resolve(name);
  }
}
