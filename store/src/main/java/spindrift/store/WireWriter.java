package spindrift.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Collection;

/** Writes the worker protocol's values; {@link #flush} sends them. For one thread. */
final class WireWriter {
  private static final int BUFFER = 1 << 16;

  private final DaemonLink link;
  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER).order(ByteOrder.LITTLE_ENDIAN);

  WireWriter(DaemonLink link) {
    this.link = link;
  }

  WireWriter number(long value) throws IOException {
    room(Long.BYTES);
    buffer.putLong(value);
    return this;
  }

  WireWriter text(String value) throws IOException {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    return string(bytes, 0, bytes.length);
  }

  /** A length, the bytes and their padding. */
  WireWriter string(byte[] bytes, int offset, int size) throws IOException {
    number(size);
    raw(bytes, offset, size);
    int padding = -size & 7;
    room(padding);
    for (int i = 0; i < padding; i++) {
      buffer.put((byte) 0);
    }
    return this;
  }

  WireWriter texts(Collection<String> values) throws IOException {
    number(values.size());
    for (String value : values) {
      text(value);
    }
    return this;
  }

  /** One frame: a length and the bytes, without padding. */
  WireWriter frame(byte[] bytes, int offset, int size) throws IOException {
    number(size);
    raw(bytes, offset, size);
    return this;
  }

  void flush() throws IOException {
    link.write(buffer.array(), 0, buffer.position());
    buffer.clear();
  }

  /** Bytes as they are. */
  void raw(byte[] bytes, int offset, int size) throws IOException {
    if (size <= buffer.remaining()) {
      buffer.put(bytes, offset, size);
      return;
    }
    flush();
    if (size <= buffer.capacity()) {
      buffer.put(bytes, offset, size);
    } else {
      link.write(bytes, offset, size);
    }
  }

  private void room(int size) throws IOException {
    if (buffer.remaining() < size) {
      flush();
    }
  }
}
