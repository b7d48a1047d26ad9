package spindrift.ipld;

import java.math.BigInteger;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import spindrift.base.ByteReader;
import spindrift.base.Bytes;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;

/** Reads DAG-CBOR by recursive descent, bounded in depth. */
final class DagCborReader {
  private final ByteReader in;

  DagCborReader(ByteReader in) {
    this.in = in;
  }

  /** A value with nothing behind it. */
  DagCborValue readOnly() throws MalformedDataException, LimitExceededException {
    DagCborValue value = read(0);
    in.expectEnd();
    return value;
  }

  private DagCborValue read(int depth) throws MalformedDataException, LimitExceededException {
    if (depth > DagCbor.MAX_DEPTH) {
      throw new LimitExceededException("levels of DAG-CBOR", DagCbor.MAX_DEPTH);
    }
    int first = in.readByte();
    return switch (first >> 5) {
      case DagCbor.MAJOR_UNSIGNED -> new DagCborValue.Int(unsigned(readArgument(first)));
      case DagCbor.MAJOR_NEGATIVE -> new DagCborValue.Int(unsigned(readArgument(first)).not());
      case DagCbor.MAJOR_BYTES -> new DagCborValue.Binary(in.readBytes(readLength(first)));
      case DagCbor.MAJOR_TEXT -> new DagCborValue.Text(readText(first));
      case DagCbor.MAJOR_LIST -> readItems(readLength(first), depth);
      case DagCbor.MAJOR_MAP -> readFields(readLength(first), depth);
      case DagCbor.MAJOR_TAG -> readLink(first);
      default -> readSimple(first);
    };
  }

  private DagCborValue readItems(long count, int depth)
      throws MalformedDataException, LimitExceededException {
    List<DagCborValue> values = new ArrayList<>();
    for (long i = 0; i < count; i++) {
      values.add(read(depth + 1));
    }
    return new DagCborValue.Items(values);
  }

  private DagCborValue readFields(long count, int depth)
      throws MalformedDataException, LimitExceededException {
    Map<String, DagCborValue> values = new LinkedHashMap<>();
    Optional<Bytes> before = Optional.empty();
    for (long i = 0; i < count; i++) {
      int first = in.readByte();
      if (first >> 5 != DagCbor.MAJOR_TEXT) {
        throw in.malformed("key that is not text");
      }
      String key = readText(first);
      Bytes utf8 = Bytes.utf8(key);
      if (before.isPresent() && !inOrder(before.get(), utf8)) {
        throw in.malformed("keys out of order, or one given twice");
      }
      before = Optional.of(utf8);
      values.put(key, read(depth + 1));
    }
    return new DagCborValue.Fields(values);
  }

  private static boolean inOrder(Bytes a, Bytes b) {
    return a.size() == b.size() ? a.compareTo(b) < 0 : a.size() < b.size();
  }

  private DagCborValue readLink(int first) throws MalformedDataException {
    if (readArgument(first) != DagCbor.TAG_LINK) {
      throw in.malformed("a tag other than " + DagCbor.TAG_LINK);
    }
    int second = in.readByte();
    if (second >> 5 != DagCbor.MAJOR_BYTES) {
      throw in.malformed("link that is not bytes");
    }
    ByteReader link = in.readSlice(readLength(second));
    if (link.readByte() != DagCbor.LINK_PREFIX) {
      throw in.malformed("link without its prefix");
    }
    Cid cid = Cid.read(link);
    link.expectEnd();
    return new DagCborValue.Link(cid);
  }

  private DagCborValue readSimple(int first) throws MalformedDataException {
    return switch (first) {
      case DagCbor.FALSE -> DagCborValue.Bool.FALSE;
      case DagCbor.TRUE -> DagCborValue.Bool.TRUE;
      case DagCbor.NULL -> DagCborValue.Null.NULL;
      case DagCbor.FLOAT64 -> {
        double value = Double.longBitsToDouble(in.readLong(ByteOrder.BIG_ENDIAN));
        if (!Double.isFinite(value)) {
          throw in.malformed("number that is not finite");
        }
        yield new DagCborValue.Real(value);
      }
      default -> throw in.malformed("value of kind " + Integer.toHexString(first));
    };
  }

  private String readText(int first) throws MalformedDataException {
    Optional<String> text = in.readBytes(readLength(first)).utf8();
    if (text.isEmpty()) {
      throw in.malformed("text that is not UTF-8");
    }
    return text.get();
  }

  /** A length, which is negative only where it is far too large for what is left anyway. */
  private long readLength(int first) throws MalformedDataException {
    long length = readArgument(first);
    if (length < 0 || length > in.remaining()) {
      throw in.malformed(
          "length " + Long.toUnsignedString(length) + " with " + in.remaining() + " bytes left");
    }
    return length;
  }

  /** The unsigned number in or behind the first byte of a value. */
  private long readArgument(int first) throws MalformedDataException {
    int low = first & 0x1f;
    if (low < DagCbor.ARGUMENT_IN_1) {
      return low;
    }
    if (low > DagCbor.ARGUMENT_IN_8) {
      throw in.malformed("indefinite or reserved length");
    }
    int width = low - DagCbor.ARGUMENT_IN_1;
    long argument = 0;
    for (int i = 0; i < 1 << width; i++) {
      argument = (argument << 8) | in.readByte();
    }
    boolean shortest =
        width == 0 ? argument >= DagCbor.ARGUMENT_IN_1 : argument >>> (8 << (width - 1)) != 0;
    if (!shortest) {
      throw in.malformed("number not in its shortest form");
    }
    return argument;
  }

  private static BigInteger unsigned(long value) {
    BigInteger signed = BigInteger.valueOf(value);
    return value < 0 ? signed.add(BigInteger.ONE.shiftLeft(Long.SIZE)) : signed;
  }
}
