package spindrift.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.TreeMap;
import spindrift.base.Bytes;
import spindrift.base.Digests;
import spindrift.base.IntegrityException;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;
import spindrift.base.RawPath;
import spindrift.nix.FileMode;
import spindrift.nix.NarWriter;
import spindrift.nix.NixHash;
import spindrift.nix.PathInfo;
import spindrift.nix.StoreDir;

/** The NAR of files on disk, checked against what Nix registered. For one use. */
final class NarDump {
  private final NarWriter nar;

  /** Entries still to do of each directory that is open, innermost first. */
  private final Deque<Iterator<Path>> open = new ArrayDeque<>();

  private NarDump(OutputStream out) {
    this.nar = new NarWriter(out);
  }

  static void copy(Path root, PathInfo info, StoreDir store, OutputStream out)
      throws IOException, MalformedDataException, IntegrityException {
    MessageDigest digest = Digests.sha256();
    String source = info.path().in(store);
    try {
      new NarDump(new DigestOutputStream(out, digest)).tree(root);
    } catch (LimitExceededException e) {
      throw new IntegrityException(info.narHash().toString(), "no NAR: " + e.getMessage(), source);
    }
    NixHash actual = NixHash.sha256(Bytes.owning(digest.digest()));
    if (!actual.equals(info.narHash())) {
      throw new IntegrityException(info.narHash().toString(), actual.toString(), source);
    }
  }

  private void tree(Path root) throws IOException, MalformedDataException, LimitExceededException {
    node(root);
    while (!open.isEmpty()) {
      if (open.peek().hasNext()) {
        Path child = open.peek().next();
        nar.entry(RawPath.bytes(child.getFileName()));
        node(child);
      } else {
        nar.endDirectory();
        open.pop();
      }
    }
    nar.finish();
  }

  private void node(Path file) throws IOException, MalformedDataException, LimitExceededException {
    PosixFileAttributes attributes =
        Files.readAttributes(file, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    if (attributes.isDirectory()) {
      nar.startDirectory();
      open.push(sorted(file));
    } else if (attributes.isSymbolicLink()) {
      nar.symlink(RawPath.bytes(Files.readSymbolicLink(file)));
    } else if (attributes.isRegularFile()) {
      boolean executable = attributes.permissions().contains(PosixFilePermission.OWNER_EXECUTE);
      try (InputStream contents = Files.newInputStream(file)) {
        nar.regular(
            executable ? FileMode.EXECUTABLE : FileMode.REGULAR, attributes.size(), contents);
      }
    } else {
      throw new IOException(file + " is neither file, directory nor symbolic link");
    }
  }

  private static Iterator<Path> sorted(Path directory) throws IOException {
    TreeMap<Bytes, Path> entries = new TreeMap<>();
    try (DirectoryStream<Path> children = Files.newDirectoryStream(directory)) {
      for (Path child : children) {
        entries.put(RawPath.bytes(child.getFileName()), child);
      }
    }
    return entries.values().iterator();
  }
}
