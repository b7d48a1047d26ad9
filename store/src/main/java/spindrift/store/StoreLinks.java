package spindrift.store;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
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
  private static final int READ = 0100444; // S_IFREG and the mode
  private static final int READ_AND_RUN = 0100555;
  private static final FileTime FIRST_SECOND = FileTime.from(1, TimeUnit.SECONDS);

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

  /**
   * Makes a file that is not there a link to the one of this name; false where there is none, or
   * one that was damaged.
   */
  boolean link(Path file, String name, FileMode mode, long size) throws IOException {
    Path known = folder.resolve(name);
    try {
      if (!looksSound(known, mode, size)) {
        return false;
      }
      Files.createLink(file, known);
    } catch (FileAlreadyExistsException e) {
      throw e;
    } catch (FileSystemException e) {
      return false; // there is none, or it has all the links that the file system allows
    }
    // Only now: nobody puts another in place of ours.
    if (looksSound(file, mode, size) && isSound(file, name, mode, size)) {
      return true;
    }
    Files.delete(file);
    return false;
  }

  /** Whether a file has the size, the mode and the time that Nix gives it. */
  static boolean looksSound(Path file, FileMode mode, long size) throws IOException {
    Map<String, Object> attributes =
        Files.readAttributes(file, "unix:mode,size,lastModifiedTime", LinkOption.NOFOLLOW_LINKS);
    int wanted = mode == FileMode.EXECUTABLE ? READ_AND_RUN : READ;
    return attributes.equals(
        Map.of("mode", wanted, "size", size, "lastModifiedTime", FIRST_SECOND));
  }

  private static boolean isSound(Path file, String name, FileMode mode, long size) {
    try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
      return name(mode, size, in).equals(name);
    } catch (IOException e) {
      return false; // the disk no longer gives it
    }
  }

  /**
   * Puts the link of this name in place of a finished file with the same contents; where there is
   * none, the file becomes it.
   *
   * @param spare a name that is free, on the same file system
   */
  void unite(Path file, String name, FileMode mode, long size, Path spare) throws IOException {
    Files.deleteIfExists(spare);
    if (!link(spare, name, mode, size)) {
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
