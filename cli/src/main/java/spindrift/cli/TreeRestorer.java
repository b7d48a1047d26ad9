package spindrift.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import spindrift.base.Bytes;
import spindrift.base.RawPath;
import spindrift.base.SymbolicLink;
import spindrift.nix.FileMode;
import spindrift.nix.NarVisitor;

/**
 * Makes the files that a NAR describes. Each is created anew, and none can be reached through a
 * symbolic link: the reader hands out each name once, no name has a slash, and nobody else may
 * write below the root. Files have mode 0644 or 0755 and folders 0755, less the user's umask. For
 * one thread.
 */
final class TreeRestorer implements NarVisitor {
  private static final FileAttribute<Set<PosixFilePermission>> PLAIN = mode("rw-r--r--");
  private static final FileAttribute<Set<PosixFilePermission>> EXECUTABLE = mode("rwxr-xr-x");
  private static final FileAttribute<Set<PosixFilePermission>> FOLDER = mode("rwxr-xr-x");
  private static final Set<OpenOption> NEW =
      Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
  private static final int BUFFER = 1 << 17;

  private final byte[] buffer = new byte[BUFFER];
  private final Deque<Path> folders = new ArrayDeque<>();
  private Path next;

  /**
   * @param root what the NAR's root becomes; must not exist
   */
  TreeRestorer(Path root) {
    this.next = root;
  }

  @Override
  public void startDirectory() throws IOException {
    Files.createDirectory(next, FOLDER);
    folders.push(next);
  }

  @Override
  public void entry(Bytes name) {
    next = folders.element().resolve(RawPath.of(name));
  }

  @Override
  public void endDirectory() {
    folders.pop();
  }

  @Override
  public void regular(FileMode mode, long size, InputStream contents) throws IOException {
    FileAttribute<?> permissions = mode == FileMode.EXECUTABLE ? EXECUTABLE : PLAIN;
    try (SeekableByteChannel file = Files.newByteChannel(next, NEW, permissions)) {
      for (int count = contents.read(buffer); count >= 0; count = contents.read(buffer)) {
        ByteBuffer rest = ByteBuffer.wrap(buffer, 0, count);
        while (rest.hasRemaining()) {
          file.write(rest);
        }
      }
    }
  }

  @Override
  public void symlink(Bytes target) throws IOException {
    SymbolicLink.create(next, target);
  }

  private static FileAttribute<Set<PosixFilePermission>> mode(String permissions) {
    return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions));
  }
}
