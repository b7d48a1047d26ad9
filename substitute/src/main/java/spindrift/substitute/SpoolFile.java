package spindrift.substitute;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Optional;
import spindrift.nix.NixHash;

/**
 * The part of a NAR that is not in memory: made when it is needed. As long as it is all that has
 * come, from the first byte on, it has the NAR's name, so that a node that was killed can go on
 * with it. Guarded by its {@link NarSpool}.
 */
final class SpoolFile {
  private static final System.Logger LOG = System.getLogger(SpoolFile.class.getName());

  private final Spool spool;
  private final Optional<NixHash> narHash;
  private Optional<FileChannel> file = Optional.empty();
  private boolean isNamed;
  private boolean failed;
  private long bytes;

  /**
   * @param narHash empty where nobody would go on with it
   */
  SpoolFile(Spool spool, Optional<NixHash> narHash) {
    this.spool = spool;
    this.narHash = narHash;
    this.isNamed = narHash.isPresent();
  }

  /** Takes bytes, if there is room; they are at the same offset in the file as in the NAR. */
  boolean take(byte[] buffer, int length, long offset) {
    if (failed || !spool.takeFile(length)) {
      return false;
    }
    bytes += length;
    try {
      if (file.isEmpty()) {
        file = Optional.of(open());
      }
      ByteBuffer rest = ByteBuffer.wrap(buffer, 0, length);
      while (rest.hasRemaining()) {
        file.get().write(rest, offset + rest.position());
      }
      return true;
    } catch (IOException e) {
      // The disk is full, most likely. What is in the file already can still be read.
      LOG.log(Level.WARNING, "no spool file why=\"{0}\"", e.getMessage());
      failed = true;
      return false;
    }
  }

  private FileChannel open() throws IOException {
    if (isNamed) {
      Optional<FileChannel> named = spool.namedFile(narHash.orElseThrow());
      if (named.isPresent()) {
        return named.get();
      }
    }
    isNamed = false;
    return spool.file();
  }

  FileChannel channel() {
    return file.orElseThrow();
  }

  /** Forgets what it has; it is not all that has come any more. */
  void empty() {
    dropName();
    if (bytes == 0) {
      return;
    }
    try {
      if (file.isPresent()) {
        file.get().truncate(0);
      }
      spool.returnFile(bytes);
      bytes = 0;
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "cannot empty a spool file why={0}", e.getMessage());
    }
  }

  /** Leaves nothing to the node's next start. */
  void dropName() {
    if (isNamed) {
      isNamed = false;
      if (file.isPresent()) {
        spool.forget(narHash.orElseThrow());
      }
    }
  }

  /** Lets it go with all that it has. */
  void close() {
    dropName();
    closeKeeping();
  }

  /** Leaves it to the node's next start, if it has the NAR's name. */
  void closeKeeping() {
    spool.returnFile(bytes);
    bytes = 0;
    failed = true;
    try {
      if (file.isPresent()) {
        file.get().close();
      }
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "cannot close a spool file why={0}", e.getMessage());
    }
  }
}
