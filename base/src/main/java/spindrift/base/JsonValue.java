package spindrift.base;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One JSON value: object, array, string, number, boolean or null. Immutable; {@link Json} reads and
 * renders them.
 */
public sealed interface JsonValue
    permits JsonObject,
        JsonValue.Text,
        JsonValue.Whole,
        JsonValue.Fraction,
        JsonValue.Truth,
        JsonValue.Null,
        JsonValue.Items {
  /** A string without unpaired surrogates, so that it has a UTF-8 form. */
  record Text(String value) implements JsonValue {
    /** Replaces unpaired surrogates by U+FFFD. */
    public Text {
      value = Json.wellFormed(value);
    }
  }

  /** A number written without fraction and exponent, within 64 bits. */
  record Whole(long value) implements JsonValue {}

  /** Any other number; neither infinite nor NaN. */
  record Fraction(double value) implements JsonValue {
    /**
     * @throws IllegalArgumentException when JSON cannot write the number
     */
    public Fraction {
      if (!Double.isFinite(value)) {
        throw new IllegalArgumentException("not in JSON: " + value);
      }
    }
  }

  /** The two truth values. */
  enum Truth implements JsonValue {
    FALSE,
    TRUE
  }

  /** JSON's null. */
  enum Null implements JsonValue {
    NULL
  }

  /** Values in order. */
  record Items(List<JsonValue> values) implements JsonValue {
    public Items {
      values = List.copyOf(values);
    }

    /** An array of anything that {@link JsonValue#from} takes. */
    public static Items of(Iterable<?> values) {
      List<JsonValue> items = new ArrayList<>();
      values.forEach(value -> items.add(from(value)));
      return new Items(items);
    }
  }

  /**
   * The JSON of a Java value: a {@code JsonValue} itself; text of any {@link CharSequence};
   * numbers; truth values; arrays of an {@link Iterable}; objects of a {@link Map} by its keys'
   * texts; null.
   *
   * @throws IllegalArgumentException for a value of any other type
   */
  static JsonValue from(@Nullable Object value) {
    return switch (value) {
      case null -> Null.NULL;
      case JsonValue json -> json;
      case CharSequence text -> new Text(text.toString());
      case Boolean truth -> truth ? Truth.TRUE : Truth.FALSE;
      case Integer number -> new Whole(number);
      case Long number -> new Whole(number);
      case Double number -> new Fraction(number);
      case Float number -> new Fraction(number);
      case Iterable<?> items -> Items.of(items);
      case Map<?, ?> map -> JsonObject.from(map);
      default -> throw new IllegalArgumentException("no JSON for a " + value.getClass().getName());
    };
  }
}
