package spindrift.base;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;

/**
 * Publishes small files so that a reader, or a machine that lost power, sees the old content or the
 * new, never a mixture: temporary file, fsync, rename, fsync of the directory.
 */
public final class DurableFile {
  private DurableFile() {}

  /** Replaces a file's content; the file can be read by everybody. */
  public static void write(Path file, Bytes content) throws IOException {
    write(file, content, "rw-r--r--");
  }

  /** Replaces a file's content; only the owner can read the file. */
  public static void writeSecret(Path file, Bytes content) throws IOException {
    write(file, content, "rw-------");
  }

  /** Replaces the content of a file that there is; it keeps its owner, group and permissions. */
  public static void replace(Path file, Bytes content) throws IOException {
    PosixFileAttributes before = Files.readAttributes(file, PosixFileAttributes.class);
    write(
        file,
        content,
        "rw-------",
        temporary -> {
          PosixFileAttributes now = Files.readAttributes(temporary, PosixFileAttributes.class);
          PosixFileAttributeView view =
              Files.getFileAttributeView(temporary, PosixFileAttributeView.class);
          if (!now.group().equals(before.group())) {
            view.setGroup(before.group());
          }
          if (!now.owner().equals(before.owner())) {
            view.setOwner(before.owner());
          }
          view.setPermissions(before.permissions());
        });
  }

  /** Does something to a file before it gets its name. */
  @FunctionalInterface
  private interface Finish {
    void apply(Path temporary) throws IOException;
  }

  private static void write(Path file, Bytes content, String permissions) throws IOException {
    write(file, content, permissions, temporary -> {});
  }

  private static void write(Path file, Bytes content, String permissions, Finish finish)
      throws IOException {
    FileAttribute<?> mode =
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions));
    Path directory = Objects.requireNonNull(file.toAbsolutePath().getParent(), "no directory");
    Path temporary = Files.createTempFile(directory, "." + file.getFileName(), ".tmp", mode);
    try {
      try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
        ByteBuffer rest = content.asByteBuffer();
        while (rest.hasRemaining()) {
          channel.write(rest);
        }
        channel.force(true);
      }
      finish.apply(temporary);
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
      syncDirectory(directory);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  /** Makes names created, renamed or removed in a directory durable. */
  public static void syncDirectory(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
