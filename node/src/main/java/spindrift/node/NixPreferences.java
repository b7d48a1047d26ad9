package spindrift.node;

import java.nio.file.Path;

/** What this process's user has set for Nix, and commands do alike. */
public final class NixPreferences {
  private NixPreferences() {}

  /** Whether files are to be on the disk before Nix counts their paths as valid. */
  public static boolean syncsStorePaths() {
    return NixConf.syncsStorePaths(System.getenv(), Path.of(System.getProperty("user.home", "/")));
  }
}
