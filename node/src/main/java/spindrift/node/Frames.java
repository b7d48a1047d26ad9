package spindrift.node;

import static java.util.function.Predicate.not;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Optional;
import spindrift.base.ByteTarget;
import spindrift.base.Bytes;
import spindrift.base.Fault;
import spindrift.base.FaultException;
import spindrift.base.FileRange;
import spindrift.base.JsonObject;
import spindrift.base.LostBytesException;
import spindrift.base.MalformedDataException;
import spindrift.base.RangedInput;
import spindrift.base.RawPath;

/**
 * Bytes on a control connection with something to be said at their end:
 *
 * <pre>{@code
 * frames = (bytes | range)*, 0 as 4 bytes, a line
 * bytes  = size as 4 bytes, big-endian, more than 0; that many bytes
 * range  = -1 as 4 bytes, size of a path as 4 bytes, the path of a file of this machine,
 *          offset as 8 bytes, length as 8 bytes, more than 0
 * }</pre>
 *
 * <p>Ranges are sent only to who asked for them.
 */
final class Frames {
  /** Bytes of a frame at the most. */
  private static final int MAX_FRAME = 1 << 20;

  private static final String FORMAT = "range of a file";
  private static final int RANGE = -1;

  private static final String STOPPED = "the node stopped; start it and run this again";

  private Frames() {}

  /** Writes frames. For one thread. */
  static final class Writer implements ByteTarget {
    private final DataOutputStream out;
    private final Operations.Nar.Form form;

    /** Not sent yet: the next may be part of it. */
    private Optional<FileRange> pending = Optional.empty();

    Writer(OutputStream out, Operations.Nar.Form form) {
      this.out = new DataOutputStream(out);
      this.form = form;
    }

    @Override
    public boolean takesRanges() {
      return form == Operations.Nar.Form.RANGES;
    }

    @Override
    public void range(FileRange range) throws IOException {
      if (pending.isPresent() && pending.get().isBefore(range)) {
        pending = Optional.of(pending.get().with(range));
        return;
      }
      sendPending();
      pending = Optional.of(range);
    }

    private void sendPending() throws IOException {
      if (pending.isPresent()) {
        FileRange range = pending.get();
        pending = Optional.empty();
        Bytes path = RawPath.bytes(range.file().toAbsolutePath());
        out.writeInt(RANGE);
        out.writeInt(path.size());
        path.writeTo(out);
        out.writeLong(range.offset());
        out.writeLong(range.length());
      }
    }

    @Override
    public void write(byte[] buffer, int from, int length) throws IOException {
      sendPending();
      for (int at = 0; at < length; ) {
        int size = Math.min(MAX_FRAME, length - at);
        out.writeInt(size);
        out.write(buffer, from + at, size);
        at += size;
      }
    }

    /** Says that no more come; the line is next. */
    void end() throws IOException {
      sendPending();
      out.writeInt(0);
    }
  }

  /** Reads frames as one stream. For one thread. */
  static final class Reader extends InputStream implements RangedInput {
    private final DataInputStream in;
    private final ControlLines lines;
    private int left;
    private Optional<RangeReader> range = Optional.empty();
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
      if (!isInRange() && left == 0 && !hasNext()) {
        return -1;
      }
      if (isInRange()) {
        return range.get().read(target, from, size);
      }
      int count = in.read(target, from, Math.min(size, left));
      if (count < 0) {
        throw new EOFException(STOPPED);
      }
      left -= count;
      return count;
    }

    private boolean isInRange() throws IOException {
      if (range.isPresent() && range.get().isOver()) {
        range.get().close();
        range = Optional.empty();
      }
      return range.isPresent();
    }

    @Override
    public Optional<FileRange> range() throws IOException {
      if (!isInRange() && left == 0) {
        hasNext();
      }
      return range.map(RangeReader::rest);
    }

    @Override
    public void readFrom(Path same) throws IOException {
      range.orElseThrow(() -> new IllegalStateException("no range is next")).readFrom(same);
    }

    @Override
    public void close() throws IOException {
      if (range.isPresent()) {
        range.get().close();
      }
    }

    private boolean hasNext() throws IOException {
      if (last.isPresent()) {
        return false;
      }
      left = nextSize();
      if (left == RANGE) {
        left = 0;
        range = Optional.of(new RangeReader(nextRange()));
        return true;
      }
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

    /** What nobody has is not to be had otherwise. */
    private static IOException failure(JsonObject error) throws MalformedDataException {
      String message = error.text("message");
      boolean isWrong =
          error.optionalText("fault").filter(not(Fault.ABSENT.name()::equals)).isPresent();
      return isWrong ? new LostBytesException(message) : new IOException(message);
    }

    private FileRange nextRange() throws IOException {
      try {
        int size = in.readInt();
        if (size <= 0 || size > RawPath.MAX_BYTES) {
          throw new IOException("the node sent a path of " + size + " bytes");
        }
        byte[] path = new byte[size];
        in.readFully(path);
        long offset = in.readLong();
        long length = in.readLong();
        if (offset < 0 || length <= 0 || offset + length < 0) {
          throw new IOException("the node sent a range of " + length + " bytes from " + offset);
        }
        return new FileRange(RawPath.absolute(Bytes.owning(path), FORMAT), offset, length);
      } catch (MalformedDataException e) {
        throw new IOException("the node sent what is no range: " + e.getMessage(), e);
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
          throw failure(error.get());
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
