package spindrift.node;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import spindrift.base.FileRange;
import spindrift.base.LostBytesException;
import spindrift.base.NamedFile;

/** Reads a range of a file, which is opened when its first byte is wanted. For one thread. */
final class RangeReader implements AutoCloseable {
  private FileRange range;
  private long done;
  private Optional<FileChannel> open = Optional.empty();

  RangeReader(FileRange range) {
    this.range = range;
  }

  /** Whether all was read. */
  boolean isOver() {
    return done == range.length();
  }

  /** What was not read yet, which is something. */
  FileRange rest() {
    return new FileRange(range.file(), range.offset() + done, range.length() - done);
  }

  /** Goes on in another file, at its beginning. */
  void readFrom(Path same) throws IOException {
    close();
    range = new FileRange(same, 0, range.length() - done);
    done = 0;
  }

  /** Reads at least one byte. */
  int read(byte[] target, int from, int size) throws IOException {
    int most = (int) Math.min(size, range.length() - done);
    try {
      if (open.isEmpty()) {
        if (!NamedFile.mayBeRead(range.file(), LinkOption.NOFOLLOW_LINKS)) {
          throw LostBytesException.of(rest(), "it is not there, or not for all to read");
        }
        open =
            Optional.of(
                FileChannel.open(range.file(), StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
      }
      int count = open.get().read(ByteBuffer.wrap(target, from, most), range.offset() + done);
      if (count < 0) {
        throw LostBytesException.of(rest(), "it is shorter");
      }
      done += count;
      return count;
    } catch (LostBytesException e) {
      throw e;
    } catch (IOException e) {
      throw (IOException)
          LostBytesException.of(rest(), String.valueOf(e.getMessage())).initCause(e);
    }
  }

  @Override
  public void close() throws IOException {
    if (open.isPresent()) {
      open.get().close();
      open = Optional.empty();
    }
  }
}
