package spindrift.cli;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import spindrift.base.ConfigException;
import spindrift.base.FaultException;
import spindrift.nix.NarReader;

/** Where a NAR goes. Files appear under their names only when all of the NAR was verified. */
final class NarTarget {
  private static final int BUFFER = 1 << 17;

  private NarTarget() {}

  /** Writes the NAR to a stream; when this throws, part of it has been written. */
  static void toStream(VerifiedNar nar, PrintStream out) throws IOException, FaultException {
    byte[] buffer = new byte[BUFFER];
    for (int count = nar.read(buffer); count >= 0; count = nar.read(buffer)) {
      out.write(buffer, 0, count);
      if (out.checkError()) {
        throw new IOException("cannot write to standard output");
      }
    }
    nar.verify();
  }

  /** Writes the NAR to a file, in place of the one that may be there. */
  static void toFile(VerifiedNar nar, Path file) throws IOException, FaultException {
    if (Files.isDirectory(file)) {
      throw new ConfigException("nar", file.toString(), "a folder; name a file, or use --to");
    }
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      // A device or a named pipe cannot be replaced.
      try (PrintStream out = new PrintStream(Files.newOutputStream(file), false)) {
        toStream(nar, out);
      }
      return;
    }
    requireFolder("nar", file);
    try (Scratch scratch = Scratch.beside(file)) {
      Path partial = scratch.path().resolve("nar");
      try (FileChannel channel =
              FileChannel.open(partial, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
          OutputStream out = Channels.newOutputStream(channel)) {
        byte[] buffer = new byte[BUFFER];
        for (int count = nar.read(buffer); count >= 0; count = nar.read(buffer)) {
          out.write(buffer, 0, count);
        }
        nar.verify();
        channel.force(true);
      }
      Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
    }
  }

  /** Restores the file tree as a path that must not exist. */
  static void toTree(VerifiedNar nar, Path target) throws IOException, FaultException {
    requireAbsent(target);
    requireFolder("to", target);
    try (Scratch scratch = Scratch.beside(target)) {
      Path partial = scratch.path().resolve("tree");
      NarReader reader = new NarReader(new BufferedInputStream(nar, BUFFER));
      reader.read(new TreeRestorer(partial));
      reader.expectEnd();
      nar.verify();
      requireAbsent(target); // renaming would replace a file, or an empty folder
      Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
    }
  }

  private static void requireAbsent(Path target) throws ConfigException {
    if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      throw new ConfigException(
          "to", target.toString(), "exists already; remove it, or name another with --to");
    }
  }

  private static void requireFolder(String key, Path target) throws ConfigException {
    Path folder = target.toAbsolutePath().getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw new ConfigException(key, target.toString(), "the folder that it is in does not exist");
    }
  }
}
