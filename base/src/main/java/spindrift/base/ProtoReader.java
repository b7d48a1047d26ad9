package spindrift.base;

/**
 * Walks over the fields of a protobuf message in memory. Use: {@code while (in.next()) switch
 * (in.field()) { case 1 -> in.bytes(); default -> in.skip(); }}, with each field consumed by
 * exactly one call. For one thread.
 *
 * @see <a href="https://protobuf.dev/programming-guides/encoding/">Protobuf encoding</a>
 */
public final class ProtoReader {
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;

  private final ByteReader in;
  private int field;
  private int wireType;

  public ProtoReader(ByteReader in) {
    this.in = in;
  }

  public static ProtoReader of(String format, Bytes message) {
    return new ProtoReader(message.reader(format));
  }

  /** Moves to the next field; false at the end. */
  public boolean next() throws MalformedDataException {
    if (in.atEnd()) {
      return false;
    }
    long tag = in.readVarint();
    if (tag >>> 3 == 0 || tag >>> 3 > 0x1fffffff) {
      throw in.malformed("field number " + (tag >>> 3));
    }
    field = (int) (tag >>> 3);
    wireType = (int) (tag & 7);
    return true;
  }

  /** The number of the present field. */
  public int field() {
    return field;
  }

  /**
   * The present field's integer.
   *
   * <p>Ten-byte forms, which protobuf uses for negative numbers, come out as -1: no format here has
   * a use for negative numbers, and a signed field can still be told from a malformed one.
   */
  public long varint() throws MalformedDataException {
    require(VARINT);
    long value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      int b = in.readByte();
      if (shift == 63) {
        if (b > 1) {
          throw in.malformed("varint over 64 bits");
        }
        return -1;
      }
      value |= (long) (b & 0x7f) << shift;
      if (b < 0x80) {
        return value;
      }
    }
    throw in.malformed("varint longer than ten bytes");
  }

  /** The present field's bytes, copied. */
  public Bytes bytes() throws MalformedDataException {
    require(BYTES);
    return in.readBytes(in.readVarint());
  }

  /** The present field's text; malformed where it is not UTF-8. */
  public String text() throws MalformedDataException {
    return bytes().utf8().orElseThrow(() -> in.malformed("text that is not UTF-8"));
  }

  /** The present field as a message; it need not be read to its end. */
  public ProtoReader message() throws MalformedDataException {
    require(BYTES);
    return new ProtoReader(in.readSlice(in.readVarint()));
  }

  /** Passes over the present field, whatever it is. */
  public void skip() throws MalformedDataException {
    switch (wireType) {
      case VARINT -> varint();
      case FIXED64 -> in.skip(8);
      case BYTES -> in.skip(in.readVarint());
      case FIXED32 -> in.skip(4);
      default -> throw in.malformed("wire type " + wireType);
    }
  }

  /** An error at the present offset. */
  public MalformedDataException malformed(String rule) {
    return in.malformed(rule);
  }

  private void require(int wanted) throws MalformedDataException {
    if (wireType != wanted) {
      throw in.malformed("wire type " + wireType + " of field " + field + ", not " + wanted);
    }
  }
}
