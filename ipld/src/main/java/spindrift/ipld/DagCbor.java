package spindrift.ipld;

import java.math.BigInteger;
import java.util.Map;
import spindrift.base.Bytes;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;
import spindrift.ipld.DagCborValue.Binary;
import spindrift.ipld.DagCborValue.Bool;
import spindrift.ipld.DagCborValue.Fields;
import spindrift.ipld.DagCborValue.Int;
import spindrift.ipld.DagCborValue.Items;
import spindrift.ipld.DagCborValue.Link;
import spindrift.ipld.DagCborValue.Null;
import spindrift.ipld.DagCborValue.Text;

/**
 * The DAG-CBOR format: CBOR with one encoding only for each value, and no other is read. Lengths
 * are definite and in their shortest form; keys are text, shorter ones first, none twice; numbers
 * with a fraction have 64 bits and are finite; the only tag is 42, a link.
 *
 * @see <a href="https://ipld.io/specs/codecs/dag-cbor/spec/">DAG-CBOR</a>
 */
public final class DagCbor {
  /** Lists, maps and links inside each other. Ours: real data has fewer than ten. */
  public static final int MAX_DEPTH = 128;

  static final int MAJOR_UNSIGNED = 0;
  static final int MAJOR_NEGATIVE = 1;
  static final int MAJOR_BYTES = 2;
  static final int MAJOR_TEXT = 3;
  static final int MAJOR_LIST = 4;
  static final int MAJOR_MAP = 5;
  static final int MAJOR_TAG = 6;
  static final int MAJOR_SIMPLE = 7;

  /** In the five low bits of a value's first byte: the argument follows in 1, 2, 4 or 8 bytes. */
  static final int ARGUMENT_IN_1 = 24;

  static final int ARGUMENT_IN_8 = 27;

  static final int FALSE = 0xf4;
  static final int TRUE = 0xf5;
  static final int NULL = 0xf6;
  static final int FLOAT64 = 0xfb;
  static final int TAG_LINK = 42;

  /** Stands before the CID in a link, where a multibase prefix would be. */
  static final int LINK_PREFIX = 0;

  private DagCbor() {}

  /**
   * Reads one value.
   *
   * @throws LimitExceededException when there are more than {@link Block#MAX_BYTES} bytes, or more
   *     than {@link #MAX_DEPTH} levels
   */
  public static DagCborValue decode(Bytes block)
      throws MalformedDataException, LimitExceededException {
    if (block.size() > Block.MAX_BYTES) {
      throw new LimitExceededException("size of a DAG-CBOR block", Block.MAX_BYTES);
    }
    return new DagCborReader(block.reader("DAG-CBOR")).readOnly();
  }

  /**
   * The bytes of a value.
   *
   * @throws IllegalArgumentException when it has more than {@link #MAX_DEPTH} levels
   */
  public static Bytes encode(DagCborValue value) {
    ByteSink out = new ByteSink(64);
    put(out, value, 0);
    return out.toBytes();
  }

  private static void put(ByteSink out, DagCborValue value, int depth) {
    if (depth > MAX_DEPTH) {
      throw new IllegalArgumentException("more than " + MAX_DEPTH + " levels");
    }
    switch (value) {
      case Null nothing -> out.put(NULL);
      case Bool bool -> out.put(bool == Bool.TRUE ? TRUE : FALSE);
      case Int(BigInteger number) ->
          putHead(
              out,
              number.signum() < 0 ? MAJOR_NEGATIVE : MAJOR_UNSIGNED,
              (number.signum() < 0 ? number.not() : number).longValue());
      case DagCborValue.Real(double number) -> {
        out.put(FLOAT64);
        out.putBigEndian(Double.doubleToRawLongBits(number), Double.BYTES);
      }
      case Text(String text) -> putText(out, text);
      case Binary(Bytes bytes) -> {
        putHead(out, MAJOR_BYTES, bytes.size());
        out.put(bytes);
      }
      case Items items -> {
        putHead(out, MAJOR_LIST, items.values().size());
        for (DagCborValue item : items.values()) {
          put(out, item, depth + 1);
        }
      }
      case Fields fields -> {
        putHead(out, MAJOR_MAP, fields.values().size());
        for (Map.Entry<String, DagCborValue> field : fields.values().entrySet()) {
          putText(out, field.getKey());
          put(out, field.getValue(), depth + 1);
        }
      }
      case Link(Cid cid) -> {
        putHead(out, MAJOR_TAG, TAG_LINK);
        putHead(out, MAJOR_BYTES, cid.byteSize() + 1L);
        out.put(LINK_PREFIX);
        out.put(cid);
      }
    }
  }

  private static void putText(ByteSink out, String text) {
    Bytes utf8 = Bytes.utf8(text);
    putHead(out, MAJOR_TEXT, utf8.size());
    out.put(utf8);
  }

  /** The argument is unsigned. */
  private static void putHead(ByteSink out, int major, long argument) {
    if (argument >= 0 && argument < ARGUMENT_IN_1) {
      out.put((major << 5) | (int) argument);
      return;
    }
    int width = 0;
    while (width < 3 && argument >>> (8 << width) != 0) {
      width++;
    }
    out.put((major << 5) | (ARGUMENT_IN_1 + width));
    out.putBigEndian(argument, 1 << width);
  }
}
