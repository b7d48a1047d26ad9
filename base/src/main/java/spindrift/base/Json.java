package spindrift.base;

import java.util.Iterator;
import java.util.Map;

/**
 * JSON as RFC 8259 has it, read strictly and within limits: no duplicate names, no unpaired
 * surrogates, no comments, nothing behind the value. The order of members is kept.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc8259">RFC 8259</a>
 */
public final class Json {
  /** Bytes of a document unless the caller says otherwise: far above any control message. */
  public static final int DEFAULT_MAX_SIZE = 16 << 20;

  /** Values within each other unless the caller says otherwise: no known document has ten. */
  public static final int DEFAULT_MAX_DEPTH = 64;

  private Json() {}

  /** Reads one value within the default limits. */
  public static JsonValue parse(String text) throws MalformedDataException, LimitExceededException {
    return parse(Bytes.utf8(text));
  }

  /** Reads one value within the default limits. */
  public static JsonValue parse(Bytes utf8) throws MalformedDataException, LimitExceededException {
    return parse(utf8, DEFAULT_MAX_SIZE, DEFAULT_MAX_DEPTH);
  }

  /**
   * Reads one value.
   *
   * @param maxSize bytes of the document, inclusive
   * @param maxDepth objects and arrays within each other, inclusive
   */
  public static JsonValue parse(Bytes utf8, int maxSize, int maxDepth)
      throws MalformedDataException, LimitExceededException {
    if (utf8.size() > maxSize) {
      throw new LimitExceededException("size of a JSON document", maxSize);
    }
    String text = utf8.utf8().orElse(null);
    if (text == null) {
      throw new MalformedDataException("JSON", -1, "not UTF-8");
    }
    return new JsonParser(text, maxDepth).parse();
  }

  /** Reads one object within the default limits. */
  public static JsonObject parseObject(Bytes utf8)
      throws MalformedDataException, LimitExceededException {
    return asObject(parse(utf8));
  }

  /** Reads one object within the default limits. */
  public static JsonObject parseObject(String text)
      throws MalformedDataException, LimitExceededException {
    return asObject(parse(text));
  }

  /** The value as an object, or a fault. */
  public static JsonObject asObject(JsonValue value) throws MalformedDataException {
    if (value instanceof JsonObject object) {
      return object;
    }
    throw new MalformedDataException("JSON", -1, "not an object");
  }

  /** The value as text, or a fault. */
  public static String asText(JsonValue value) throws MalformedDataException {
    if (value instanceof JsonValue.Text text) {
      return text.value();
    }
    throw new MalformedDataException("JSON", -1, "not text");
  }

  /** The value without any white space, on one line. */
  public static String render(JsonValue value) {
    StringBuilder out = new StringBuilder();
    append(out, value, -1);
    return out.toString();
  }

  /** The value for people: two blanks a level, each member on a line; no newline at the end. */
  public static String renderPretty(JsonValue value) {
    StringBuilder out = new StringBuilder();
    append(out, value, 0);
    return out.toString();
  }

  /** Appends a text as a JSON string, in quotes. */
  public static void appendString(StringBuilder out, String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (c < ' ') {
            out.append("\\u00")
                .append(c < 0x10 ? '0' : '1')
                .append("0123456789abcdef".charAt(c & 15));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }

  /** The text with U+FFFD for unpaired surrogates, which have no UTF-8 form. */
  static String wellFormed(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        StringBuilder repaired = new StringBuilder(text.length());
        text.codePoints()
            .map(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE ? 0xfffd : c)
            .forEach(repaired::appendCodePoint);
        return repaired.toString();
      }
    }
    return text;
  }

  /** Appends a value; {@code indent} is the level of indentation, or negative for none. */
  private static void append(StringBuilder out, JsonValue value, int indent) {
    switch (value) {
      case JsonValue.Text text -> appendString(out, text.value());
      case JsonValue.Whole number -> out.append(number.value());
      case JsonValue.Fraction number -> out.append(number.value());
      case JsonValue.Truth truth -> out.append(truth == JsonValue.Truth.TRUE);
      case JsonValue.Null ignored -> out.append("null");
      case JsonValue.Items items -> appendItems(out, items, indent);
      case JsonObject object -> appendObject(out, object, indent);
    }
  }

  private static void appendItems(StringBuilder out, JsonValue.Items items, int indent) {
    int inner = indent < 0 ? indent : indent + 1;
    out.append('[');
    Iterator<JsonValue> rest = items.values().iterator();
    while (rest.hasNext()) {
      newLine(out, inner);
      append(out, rest.next(), inner);
      if (rest.hasNext()) {
        out.append(',');
      }
    }
    if (!items.values().isEmpty()) {
      newLine(out, indent);
    }
    out.append(']');
  }

  private static void appendObject(StringBuilder out, JsonObject object, int indent) {
    int inner = indent < 0 ? indent : indent + 1;
    out.append('{');
    Iterator<Map.Entry<String, JsonValue>> rest = object.members().entrySet().iterator();
    while (rest.hasNext()) {
      newLine(out, inner);
      Map.Entry<String, JsonValue> member = rest.next();
      appendString(out, member.getKey());
      out.append(indent < 0 ? ":" : ": ");
      append(out, member.getValue(), inner);
      if (rest.hasNext()) {
        out.append(',');
      }
    }
    if (!object.isEmpty()) {
      newLine(out, indent);
    }
    out.append('}');
  }

  private static void newLine(StringBuilder out, int indent) {
    if (indent >= 0) {
      out.append('\n').repeat("  ", indent);
    }
  }
}
