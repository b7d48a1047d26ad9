package spindrift.store;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.Optional;
import spindrift.base.Bytes;
import spindrift.base.Digests;
import spindrift.nix.FileMode;
import spindrift.nix.NarWriter;
import spindrift.nix.Nix32;

/**
 * The files of an optimised store by their contents: {@code .links/HASH}, where the hash is that of
 * the NAR of the file alone, is a hard link to each file with that mode and these contents. Safe
 * for use by several threads, and beside Nix, which does the same.
 */
final class StoreLinks {
  private final Path folder;

  private StoreLinks(Path folder) {
    this.folder = folder;
  }

  /** Those of a store that Nix has optimised; empty where it has not. */
  static Optional<StoreLinks> of(Path storeFiles) {
    Path folder = storeFiles.resolve(".links");
    try (DirectoryStream<Path> names = Files.newDirectoryStream(folder)) {
      return names.iterator().hasNext() ? Optional.of(new StoreLinks(folder)) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** The name of a file, which is read to its end. */
  static String name(FileMode mode, long size, InputStream contents) throws IOException {
    MessageDigest digest = Digests.sha256();
    NarWriter nar = new NarWriter(new DigestOutputStream(OutputStream.nullOutputStream(), digest));
    nar.regular(mode, size, contents);
    nar.finish();
    return Nix32.encode(Bytes.owning(digest.digest()));
  }

  static String name(FileMode mode, byte[] contents) throws IOException {
    return name(mode, contents.length, new ByteArrayInputStream(contents));
  }

  /** Makes a file that is not there a link to the one of this name; false where there is none. */
  boolean link(Path file, String name, long size) throws IOException {
    Path known = folder.resolve(name);
    try {
      // One of another size was damaged.
      if (Files.size(known) != size) {
        return false;
      }
      Files.createLink(file, known);
      return true;
    } catch (NoSuchFileException e) {
      return false;
    } catch (FileAlreadyExistsException e) {
      throw e;
    } catch (FileSystemException e) {
      return false; // it has all the links that the file system allows
    }
  }

  /**
   * Puts the link of this name in place of a finished file with the same contents; where there is
   * none, the file becomes it.
   *
   * @param spare a name that is free, on the same file system
   */
  void unite(Path file, String name, long size, Path spare) throws IOException {
    Files.deleteIfExists(spare);
    if (!link(spare, name, size)) {
      offer(file, name);
      return;
    }
    try {
      Files.move(spare, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (NoSuchFileException e) {
      return; // collected as garbage, and the file is as good
    }
  }

  /** Lets others link to a file that is finished. */
  void offer(Path file, String name) throws IOException {
    try {
      Files.createLink(folder.resolve(name), file);
    } catch (FileSystemException e) {
      // Another was quicker, or the file system has no more links.
      return;
    }
  }
}
