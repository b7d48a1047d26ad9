package spindrift.substitute;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.util.Optional;
import java.util.OptionalLong;
import spindrift.base.ByteSource;
import spindrift.base.ByteTarget;
import spindrift.nix.NixHash;

/**
 * Files that a mirror by others has, such as {@code https://tarballs.nixos.org}: at {@code
 * <mirror>/<algorithm>/<hexadecimal>}, as Nix asks its {@code hashed-mirrors}.
 */
record MirrorFiles(URI mirror, MirrorClient client) implements FileSource {
  private static final System.Logger LOG = System.getLogger(MirrorFiles.class.getName());

  /** Ours: how often in a row a mirror may fail without a byte. */
  private static final int MAX_FAILURES = 3;

  private static final int BUFFER = 1 << 16;

  @Override
  public String name() {
    return mirror.toString();
  }

  @Override
  public Optional<Offer> find(NixHash hash) throws IOException {
    String base = mirror.toString().replaceFirst("/+$", "");
    URI file = URI.create(base + "/" + hash.algorithm().label() + "/" + hash.hex());
    OptionalLong size = client.size(file);
    return size.isEmpty()
        ? Optional.empty()
        : Optional.of(new Offer(new MirroredFile(file, size.getAsLong(), client)));
  }

  /** A file that goes on where it stopped when the connection breaks. */
  private record MirroredFile(URI file, long size, MirrorClient client) implements ByteSource {
    @Override
    public void writeTo(ByteTarget target, long from, long to) throws IOException {
      long at = from;
      int failures = 0;
      byte[] buffer = new byte[BUFFER];
      while (at < to) {
        try (InputStream in = client.open(file, at)) {
          for (int read = read(in, buffer, to - at); at < to; read = read(in, buffer, to - at)) {
            failures = 0;
            target.write(buffer, 0, read);
            at += read;
          }
        } catch (SourceFailedException e) {
          failures++;
          LOG.log(Level.DEBUG, "broken file={0} at={1} why={2}", file, at, e.getMessage());
          if (failures >= MAX_FAILURES) {
            throw e;
          }
        }
      }
    }

    private static int read(InputStream in, byte[] buffer, long rest) throws SourceFailedException {
      try {
        int read = in.read(buffer, 0, (int) Math.min(buffer.length, rest));
        if (read < 0) {
          throw new EOFException("the file ends " + rest + " bytes early");
        }
        return read;
      } catch (IOException e) {
        throw new SourceFailedException(e);
      }
    }
  }

  /** The mirror failed, and not whoever the bytes are for. */
  private static final class SourceFailedException extends IOException {
    private static final long serialVersionUID = 1;

    SourceFailedException(IOException cause) {
      super(cause.getMessage(), cause);
    }
  }
}
