package spindrift.testkit;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where the tools put what tests use. */
final class Places {
  /** Where a machine that runs many builds may have things ready for all of its users. */
  private static final Path SHARED = Path.of("/srv");

  private Places() {}

  /**
   * The folder that an environment variable names; without it the one in the user's cache folder,
   * as in tools/*.sh, or one that is ready for all users.
   *
   * @param sign a file that shows that the folder is complete
   */
  static Path find(String variable, String name, String sign) {
    String configured = System.getenv(variable);
    if (configured != null && !configured.isEmpty()) {
      return Path.of(configured);
    }
    String xdg = System.getenv("XDG_CACHE_HOME");
    Path cache =
        xdg == null || xdg.isEmpty()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(xdg);
    Path own = cache.resolve("spindrift").resolve(name);
    Path shared = SHARED.resolve(name);
    return !Files.exists(own.resolve(sign)) && Files.exists(shared.resolve(sign)) ? shared : own;
  }
}
