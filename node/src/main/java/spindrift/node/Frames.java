package spindrift.node;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;
import spindrift.base.ByteTarget;
import spindrift.base.FaultException;
import spindrift.base.JsonObject;
import spindrift.base.MalformedDataException;

/**
 * Bytes on a control connection with something to be said at their end:
 *
 * <pre>{@code
 * frames = (size as 4 bytes, big-endian, more than 0; that many bytes)*, 0 as 4 bytes, a line
 * }</pre>
 */
final class Frames {
  /** Bytes of a frame at the most. */
  private static final int MAX_FRAME = 1 << 20;

  private static final String STOPPED = "the node stopped; start it and run this again";

  private Frames() {}

  /** Writes frames. For one thread. */
  static final class Writer implements ByteTarget {
    private final OutputStream out;

    Writer(OutputStream out) {
      this.out = out;
    }

    @Override
    public void write(byte[] buffer, int from, int length) throws IOException {
      for (int at = 0; at < length; ) {
        int size = Math.min(MAX_FRAME, length - at);
        size(size);
        out.write(buffer, from + at, size);
        at += size;
      }
    }

    /** Says that no more come; the line is next. */
    void end() throws IOException {
      size(0);
    }

    private void size(int size) throws IOException {
      out.write(
          new byte[] {(byte) (size >> 24), (byte) (size >> 16), (byte) (size >> 8), (byte) size});
    }
  }

  /** Reads frames as one stream. For one thread. */
  static final class Reader extends InputStream {
    private final DataInputStream in;
    private final ControlLines lines;
    private int left;
    private Optional<JsonObject> last = Optional.empty();

    Reader(InputStream in, ControlLines lines) {
      this.in = new DataInputStream(in);
      this.lines = lines;
    }

    /** What was said at the end, which has been read. */
    Optional<JsonObject> last() {
      return last;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int from, int size) throws IOException {
      if (size == 0) {
        return 0;
      }
      if (left == 0 && !hasNext()) {
        return -1;
      }
      int count = in.read(target, from, Math.min(size, left));
      if (count < 0) {
        throw new EOFException(STOPPED);
      }
      left -= count;
      return count;
    }

    private boolean hasNext() throws IOException {
      if (last.isPresent()) {
        return false;
      }
      left = nextSize();
      if (left < 0 || left > MAX_FRAME) {
        throw new IOException("the node sent a frame of " + left + " bytes");
      }
      if (left == 0) {
        end();
      }
      return left > 0;
    }

    private int nextSize() throws IOException {
      try {
        return in.readInt();
      } catch (EOFException e) {
        throw (EOFException) new EOFException(STOPPED).initCause(e);
      }
    }

    private void end() throws IOException {
      try {
        JsonObject line = lines.read();
        last = Optional.of(line);
        Optional<JsonObject> error = line.optionalObject("error");
        if (error.isPresent()) {
          throw new IOException(error.get().text("message"));
        }
      } catch (EOFException e) {
        throw (EOFException) new EOFException(STOPPED).initCause(e);
      } catch (MalformedDataException e) {
        throw new IOException("the node sent no answer: " + e.getMessage(), e);
      } catch (FaultException e) {
        throw new IOException(e.getMessage(), e);
      }
    }
  }
}
