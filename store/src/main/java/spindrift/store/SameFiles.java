package spindrift.store;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import spindrift.base.FileRange;
import spindrift.base.NamedFile;
import spindrift.base.ProcessUser;
import spindrift.nix.FileMode;

/**
 * Makes files of a store that share their bytes with others on this machine: clones where the file
 * system has them, else hard links to files of the same store that are as Nix makes them. What they
 * hold is for the caller to look at. Safe for use by several threads.
 */
final class SameFiles {
  private final Path store;
  private volatile boolean clones = true;

  /**
   * @param store the folder of the store's files
   */
  SameFiles(Path store) {
    this.store = store.toAbsolutePath().normalize();
  }

  /**
   * Makes a file that is not there.
   *
   * @return whether it is there now; else the bytes are to be written
   */
  boolean make(Path file, FileMode mode, FileRange range) throws IOException {
    // Before it is opened: that alone does something to a device.
    if (range.offset() != 0 || !NamedFile.mayBeRead(range.file(), LinkOption.NOFOLLOW_LINKS)) {
      return false;
    }
    return (clones && clone(file, mode, range)) || link(file, mode, range);
  }

  private boolean clone(Path file, FileMode mode, FileRange range) throws IOException {
    boolean made =
        switch (Linux.cloneFile(range.file(), range.length(), file, mode)) {
          case MADE -> true;
          case OTHER_FILE -> false;
          case CANNOT -> {
            clones = false; // between these two, and so mostly between none
            yield false;
          }
        };
    if (made) {
      Linux.setFirstSecond(file);
    }
    return made;
  }

  private boolean link(Path file, FileMode mode, FileRange range) throws IOException {
    Path from = range.file().toAbsolutePath().normalize();
    if (!from.startsWith(store)) {
      return false;
    }
    try {
      Files.createLink(file, from);
    } catch (FileAlreadyExistsException e) {
      throw e;
    } catch (FileSystemException e) {
      return false; // it is gone, or has all the links that the file system allows
    }
    // Only now: nobody puts another in place of ours.
    // And nobody else can change it later, as its owner could.
    if (StoreLinks.looksSound(file, mode, range.length())
        && ProcessUser.owns(file, LinkOption.NOFOLLOW_LINKS)) {
      return true;
    }
    Files.delete(file);
    return false;
  }
}
