package spindrift.base;

import java.util.Arrays;

/**
 * Builds a protobuf message field by field, in the order of the calls. For one thread.
 *
 * @see <a href="https://protobuf.dev/programming-guides/encoding/">Protobuf encoding</a>
 */
public final class ProtoWriter {
  private byte[] buffer = new byte[64];
  private int size;

  /** An empty message. */
  public ProtoWriter() {}

  /** A field that is an unsigned integer, a bool or an enum; the value must not be negative. */
  public ProtoWriter varint(int field, long value) {
    rawVarint((long) field << 3);
    rawVarint(value);
    return this;
  }

  /** A field that is bytes or a string. */
  public ProtoWriter bytes(int field, Bytes value) {
    rawVarint((long) field << 3 | 2);
    rawVarint(value.size());
    room(value.size());
    value.copyTo(buffer, size);
    size += value.size();
    return this;
  }

  /** A field that is a string. */
  public ProtoWriter text(int field, String value) {
    return bytes(field, Bytes.utf8(value));
  }

  /** A field that is a message. */
  public ProtoWriter message(int field, ProtoWriter value) {
    return bytes(field, value.toBytes());
  }

  /** Bytes so far. */
  public int size() {
    return size;
  }

  /** The message. */
  public Bytes toBytes() {
    return Bytes.copyOf(buffer, 0, size);
  }

  /** The message behind its length, as it goes over a stream. */
  public Bytes toDelimited() {
    byte[] out = new byte[Varint.size(size) + size];
    int at = Varint.write(size, out, 0);
    System.arraycopy(buffer, 0, out, at, size);
    return Bytes.owning(out);
  }

  private void rawVarint(long value) {
    room(9);
    size = Varint.write(value, buffer, size);
  }

  private void room(int count) {
    int needed = Math.addExact(size, count);
    if (needed > buffer.length) {
      buffer =
          Arrays.copyOf(
              buffer, Math.max(needed, (int) Math.min(2L * buffer.length, Integer.MAX_VALUE - 16)));
    }
  }
}
