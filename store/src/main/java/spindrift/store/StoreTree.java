package spindrift.store;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.FileIdentity;
import spindrift.base.RawPath;
import spindrift.nix.FileMode;

/**
 * The files of a store object on disk, walked in the order of their NAR. One directory's names are
 * in memory for each level. Nothing is followed: a symbolic link is itself.
 */
public final class StoreTree {
  private static final int TYPE_MASK = 0170000;
  private static final int DIRECTORY = 0040000;
  private static final int REGULAR = 0100000;
  private static final int SYMLINK = 0120000;
  private static final int OWNER_EXECUTE = 0100;
  private static final String ATTRIBUTES = FileIdentity.ATTRIBUTES + ",mode";

  private final Path root;

  /** Is told of a tree as {@link spindrift.nix.NarVisitor} is, with files in place of contents. */
  public interface Visitor {
    void startDirectory() throws IOException, FaultException;

    void entry(Bytes name) throws IOException, FaultException;

    void endDirectory() throws IOException, FaultException;

    /**
     * @param identity as it was a moment ago; has the size
     */
    void file(Path file, FileMode mode, FileIdentity identity) throws IOException, FaultException;

    void symlink(Bytes target) throws IOException, FaultException;
  }

  /** A name in a directory, with its bytes for sorting. */
  private record Name(Bytes raw, Path path) implements Comparable<Name> {
    @Override
    public int compareTo(Name other) {
      return raw.compareTo(other.raw);
    }
  }

  public StoreTree(Path root) {
    this.root = root;
  }

  /**
   * Tells a visitor of the whole tree.
   *
   * @throws java.nio.file.NoSuchFileException when the root, or something below it, is gone
   * @throws IOException also when there is something that a NAR cannot have, such as a socket
   */
  public void walk(Visitor visitor) throws IOException, FaultException {
    walk(root, visitor);
  }

  private static void walk(Path path, Visitor visitor) throws IOException, FaultException {
    Map<String, Object> attributes =
        Files.readAttributes(path, ATTRIBUTES, LinkOption.NOFOLLOW_LINKS);
    int mode = (int) attributes.getOrDefault("mode", 0);
    switch (mode & TYPE_MASK) {
      case DIRECTORY -> directory(path, visitor);
      case REGULAR ->
          visitor.file(
              path,
              (mode & OWNER_EXECUTE) != 0 ? FileMode.EXECUTABLE : FileMode.REGULAR,
              FileIdentity.of(attributes));
      case SYMLINK -> visitor.symlink(RawPath.bytes(Files.readSymbolicLink(path)));
      default -> throw new IOException(path + " is no file, directory or symbolic link");
    }
  }

  private static void directory(Path path, Visitor visitor) throws IOException, FaultException {
    List<Name> names = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(path)) {
      for (Path entry : entries) {
        names.add(new Name(RawPath.bytes(entry.getFileName()), entry));
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    Collections.sort(names);
    visitor.startDirectory();
    for (Name name : names) {
      visitor.entry(name.raw());
      walk(name.path(), visitor);
    }
    visitor.endDirectory();
  }
}
