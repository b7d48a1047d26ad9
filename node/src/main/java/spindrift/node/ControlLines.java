package spindrift.node;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.Json;
import spindrift.base.JsonObject;
import spindrift.base.LimitExceededException;

/** Lines of JSON over a control connection. Writing is safe for use by several threads. */
final class ControlLines {
  /** Bytes of a line: some ten thousand store paths as arguments. */
  private static final int MAX_LINE = 4 << 20;

  /** Progress is for eyes. */
  private static final long PROGRESS_NANOS = 100_000_000;

  private final InputStream in;
  private final OutputStream out;

  ControlLines(InputStream in, OutputStream out) {
    this.in = in;
    this.out = out;
  }

  JsonObject read() throws IOException, FaultException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new EOFException("the other side has gone");
      }
      if (line.size() == MAX_LINE) {
        throw new LimitExceededException("size of a control message", MAX_LINE);
      }
      line.write(b);
    }
    return Json.parseObject(Bytes.owning(line.toByteArray()));
  }

  /** Writes {@code {"<kind>": <value>}}. */
  synchronized void write(String kind, JsonObject value) throws IOException {
    send(JsonObject.of(kind, value));
  }

  synchronized void send(JsonObject message) throws IOException {
    Bytes.utf8(message + "\n").writeTo(out);
    out.flush();
  }

  /** Sends a message and bytes behind it, of which the message says how many there are. */
  synchronized void send(JsonObject message, Bytes behind) throws IOException {
    Bytes.utf8(message + "\n").writeTo(out);
    behind.writeTo(out);
    out.flush();
  }

  /** The bytes behind the message that was read last. */
  Bytes readBytes(int size) throws IOException {
    byte[] bytes = in.readNBytes(size);
    if (bytes.length < size) {
      throw new EOFException("the other side has gone");
    }
    return Bytes.owning(bytes);
  }

  /** A reporter that writes items and, not too often, progress. */
  Reporter reporter() {
    return new Reporter() {
      private long next;

      @Override
      public void item(JsonObject item) {
        tell("item", item);
      }

      @Override
      public void report(long done, long total, String what) {
        synchronized (ControlLines.this) {
          long now = System.nanoTime();
          if (now - next < 0) {
            return;
          }
          next = now + PROGRESS_NANOS;
        }
        tell("progress", JsonObject.of("done", done, "total", total, "what", what));
      }

      private void tell(String kind, JsonObject value) {
        try {
          write(kind, value);
        } catch (IOException e) {
          // Work that others profit from goes on when the one who asked for it has left.
        }
      }
    };
  }
}
