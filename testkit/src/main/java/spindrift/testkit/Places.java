package spindrift.testkit;

import java.nio.file.Path;

/** Where the tools put what tests use. */
final class Places {
  private Places() {}

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
