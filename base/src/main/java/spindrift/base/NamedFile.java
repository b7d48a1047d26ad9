package spindrift.base;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;

/** Files that another process named, which is not to learn by that what it could not read. */
public final class NamedFile {
  private static final int KIND = 0170000; // S_IFMT
  private static final int REGULAR = 0100000; // S_IFREG
  private static final int OTHERS_READ = 04; // S_IROTH

  private NamedFile() {}

  /**
   * Whether it is there, a regular file and, where root asks, one that everybody may read: nothing
   * that waits when it is opened, and nothing private.
   */
  public static boolean mayBeRead(Path file, LinkOption... options) {
    try {
      Map<String, Object> attributes = Files.readAttributes(file, "unix:mode", options);
      return attributes.get("mode") instanceof Integer mode
          && (mode & KIND) == REGULAR
          && (!User.MAY_BE_ROOT || (mode & OTHERS_READ) != 0);
    } catch (IOException e) {
      return false;
    }
  }

  /** Who runs this. */
  private static final class User {
    static final boolean MAY_BE_ROOT = mayBeRoot();

    private static boolean mayBeRoot() {
      try {
        return ProcessUser.isRoot();
      } catch (IOException e) {
        return true;
      }
    }
  }
}
