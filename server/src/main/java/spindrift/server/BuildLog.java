package spindrift.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import spindrift.base.ByteSource;
import spindrift.base.ByteTarget;
import spindrift.base.ByteWindow;

/**
 * A build log as Nix keeps it on this machine, decoded once to know its size and again while it is
 * sent, for a log may be larger than memory.
 *
 * @param file the log, packed with bzip2 where its name says so
 */
record BuildLog(Path file, long size) implements ByteSource {
  static BuildLog of(Path file) throws IOException {
    try (InputStream in = decoded(file)) {
      return new BuildLog(file, in.transferTo(OutputStream.nullOutputStream()));
    }
  }

  @Override
  public void writeTo(ByteTarget target, long from, long to) throws IOException {
    try (InputStream in = decoded(file)) {
      in.transferTo(new ByteWindow(target, from, to));
    }
  }

  private static InputStream decoded(Path file) throws IOException {
    InputStream in = Files.newInputStream(file);
    if (!file.toString().endsWith(".bz2")) {
      return in;
    }
    try {
      return new BZip2CompressorInputStream(in, true);
    } catch (IOException e) {
      in.close();
      throw e;
    }
  }
}
