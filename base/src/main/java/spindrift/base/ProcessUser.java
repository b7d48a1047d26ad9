package spindrift.base;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** Who this process acts as: the owner of its folder in {@code /proc}. */
public final class ProcessUser {
  private static final String USER = "unix:uid";
  private static final Path SELF = Path.of("/proc/self");

  private ProcessUser() {}

  /**
   * The number of the user.
   *
   * @throws IOException where there is no {@code /proc}
   */
  public static int id() throws IOException {
    return id(SELF);
  }

  public static boolean isRoot() throws IOException {
    return id() == 0;
  }

  /** Whether a file is this user's. */
  public static boolean owns(Path file, LinkOption... options) throws IOException {
    return id(file, options) == id();
  }

  private static int id(Path file, LinkOption... options) throws IOException {
    return (int) Files.getAttribute(file, USER, options);
  }
}
