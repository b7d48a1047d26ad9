package spindrift.store;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * Removes a tree, folders that nobody may write included. Each name is looked up in the folder that
 * is open, and no link is followed: whoever puts a link in the place of a folder meanwhile gets
 * nothing removed or changed elsewhere.
 */
final class TreeRemoval {
  private TreeRemoval() {}

  /**
   * Removes what is there, if anything.
   *
   * @param root in a folder that only those may write who may remove what is in it
   */
  static void remove(Path root) throws IOException {
    try (DirectoryStream<Path> above = Files.newDirectoryStream(root.resolveSibling("."))) {
      remove(secure(above), root.getFileName());
    }
  }

  private static void remove(SecureDirectoryStream<Path> folder, Path name) throws IOException {
    try {
      if (isFolder(folder, name)) {
        empty(folder, name);
        folder.deleteDirectory(name);
      } else {
        folder.deleteFile(name);
      }
    } catch (NoSuchFileException e) {
      return; // as it should be
    }
  }

  private static boolean isFolder(SecureDirectoryStream<Path> folder, Path name)
      throws IOException {
    return folder
        .getFileAttributeView(name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
        .readAttributes()
        .isDirectory();
  }

  private static void empty(SecureDirectoryStream<Path> folder, Path name) throws IOException {
    try (SecureDirectoryStream<Path> inner =
        folder.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS)) {
      inner
          .getFileAttributeView(PosixFileAttributeView.class)
          .setPermissions(PosixFilePermissions.fromString("rwx------"));
      for (Path entry : inner) {
        remove(inner, entry.getFileName());
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  private static SecureDirectoryStream<Path> secure(DirectoryStream<Path> stream)
      throws IOException {
    if (stream instanceof SecureDirectoryStream<Path> secure) {
      return secure;
    }
    throw new IOException("this system cannot remove a tree safely");
  }
}
