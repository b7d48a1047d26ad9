package spindrift.ipld;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import spindrift.base.Bytes;

/** A value of the IPLD data model, as {@link DagCbor} reads and writes it. */
public sealed interface DagCborValue {
  /** Nothing. */
  enum Null implements DagCborValue {
    NULL
  }

  /** A truth value. */
  enum Bool implements DagCborValue {
    FALSE,
    TRUE;

    /** One of the two. */
    public static Bool of(boolean value) {
      return value ? TRUE : FALSE;
    }
  }

  /** An integer in -2^64…2^64-1. */
  record Int(BigInteger value) implements DagCborValue {
    public Int {
      if ((value.signum() < 0 ? value.not() : value).bitLength() > Long.SIZE) {
        throw new IllegalArgumentException("integer of more than 64 bits: " + value);
      }
    }

    /** An integer that fits a long. */
    public static Int of(long value) {
      return new Int(BigInteger.valueOf(value));
    }
  }

  /** A number of 64 bits that is finite; -0.0 differs from 0.0. */
  record Real(double value) implements DagCborValue {
    public Real {
      if (!Double.isFinite(value)) {
        throw new IllegalArgumentException("not a finite number: " + value);
      }
    }
  }

  /** Well-formed Unicode text. */
  record Text(String value) implements DagCborValue {
    public Text {
      if (!StandardCharsets.UTF_8.newEncoder().canEncode(value)) {
        throw new IllegalArgumentException("text with an unpaired surrogate");
      }
    }
  }

  /** Bytes. */
  record Binary(Bytes value) implements DagCborValue {}

  /** A list. */
  record Items(List<DagCborValue> values) implements DagCborValue {
    public Items {
      values = List.copyOf(values);
    }

    /** The given values. */
    public static Items of(DagCborValue... values) {
      return new Items(List.of(values));
    }
  }

  /** A map; its order is the one in which it is written. */
  record Fields(Map<String, DagCborValue> values) implements DagCborValue {
    /** The order of keys: shorter UTF-8 first, then by byte. */
    static final Comparator<String> KEY_ORDER =
        Comparator.comparingInt((String key) -> Bytes.utf8(key).size()).thenComparing(Bytes::utf8);

    public Fields {
      values.keySet().forEach(Text::new);
      SortedMap<String, DagCborValue> sorted = new TreeMap<>(KEY_ORDER);
      sorted.putAll(values);
      values = Collections.unmodifiableSortedMap(sorted);
    }
  }

  /** A link to a block. */
  record Link(Cid cid) implements DagCborValue {}
}
