package spindrift.base;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads one JSON text. Containers are kept on a stack of our own, so that nesting is limited by the
 * number given and not by the thread's stack. Offsets in messages count UTF-16 units.
 */
final class JsonParser {
  /** An object or array that is not closed yet. */
  private static final class Open {
    final @Nullable Map<String, JsonValue> members;
    final List<JsonValue> values = new ArrayList<>();
    String name = "";

    Open(@Nullable Map<String, JsonValue> members) {
      this.members = members;
    }

    JsonValue close() {
      return members == null ? new JsonValue.Items(values) : JsonObject.owning(members);
    }
  }

  private final String text;
  private final int maxDepth;
  private final Deque<Open> stack = new ArrayDeque<>();
  private int at;

  JsonParser(String text, int maxDepth) {
    this.text = text;
    this.maxDepth = maxDepth;
  }

  JsonValue parse() throws MalformedDataException, LimitExceededException {
    @Nullable JsonValue done = startValue();
    while (true) {
      @Nullable Open open = stack.peek();
      if (open == null) {
        if (done == null) {
          throw malformed("no value");
        }
        break;
      }
      if (done != null) {
        add(open, done);
        done = afterValue(open) ? startValue() : closeTop();
      } else {
        // A container that was just opened: its first value, or its end.
        done = closes(open) ? closeTop() : startMember(open);
      }
    }
    skipSpace();
    if (at < text.length()) {
      throw malformed("something behind the value");
    }
    return done;
  }

  /** Reads a scalar, or opens a container and returns null. */
  private @Nullable JsonValue startValue() throws MalformedDataException, LimitExceededException {
    char c = peek();
    switch (c) {
      case '{' -> open(new Open(new LinkedHashMap<>()));
      case '[' -> open(new Open(null));
      case '"' -> {
        return new JsonValue.Text(string());
      }
      case 't' -> {
        return literal("true", JsonValue.Truth.TRUE);
      }
      case 'f' -> {
        return literal("false", JsonValue.Truth.FALSE);
      }
      case 'n' -> {
        return literal("null", JsonValue.Null.NULL);
      }
      default -> {
        return number();
      }
    }
    return null;
  }

  private @Nullable JsonValue startMember(Open open)
      throws MalformedDataException, LimitExceededException {
    if (open.members != null) {
      name(open);
    }
    return startValue();
  }

  private void open(Open open) throws LimitExceededException {
    if (stack.size() == maxDepth) {
      throw new LimitExceededException("nesting of a JSON document", maxDepth);
    }
    at++;
    stack.push(open);
  }

  private boolean closes(Open open) throws MalformedDataException {
    return peek() == (open.members == null ? ']' : '}');
  }

  private JsonValue closeTop() {
    at++;
    return stack.pop().close();
  }

  private static void add(Open open, JsonValue value) {
    if (open.members == null) {
      open.values.add(value);
    } else {
      open.members.put(open.name, value);
    }
  }

  /** Behind a value: true after a comma and, in an object, the next name; false at the end. */
  private boolean afterValue(Open open) throws MalformedDataException {
    if (closes(open)) {
      return false;
    }
    if (text.charAt(at) != ',') {
      throw malformed("expected a comma or the end of the container");
    }
    at++;
    if (open.members != null) {
      name(open);
    }
    return true;
  }

  private void name(Open open) throws MalformedDataException {
    if (peek() != '"') {
      throw malformed("expected a name");
    }
    String name = string();
    if (open.members != null && open.members.containsKey(name)) {
      throw malformed("a name stands twice: " + Excerpt.of(name));
    }
    open.name = name;
    if (peek() != ':') {
      throw malformed("expected a colon");
    }
    at++;
  }

  private String string() throws MalformedDataException {
    int start = ++at;
    int end = start;
    while (end < text.length() && isPlain(text.charAt(end))) {
      end++;
    }
    if (end < text.length() && text.charAt(end) == '"') {
      at = end + 1;
      return text.substring(start, end);
    }
    StringBuilder value = new StringBuilder();
    value.append(text, start, end);
    at = end;
    while (true) {
      char c = next();
      if (c == '"') {
        return checked(value.toString());
      } else if (c == '\\') {
        value.append(escape());
      } else if (c < ' ') {
        throw malformed("a control character within a string");
      } else {
        value.append(c);
      }
    }
  }

  private String checked(String value) throws MalformedDataException {
    // An escape can spell half of a surrogate pair, which is no character.
    if (!Json.wellFormed(value).equals(value)) {
      throw malformed("an unpaired surrogate");
    }
    return value;
  }

  private static boolean isPlain(char c) {
    return c != '"' && c != '\\' && c >= ' ';
  }

  private char escape() throws MalformedDataException {
    return switch (next()) {
      case '"' -> '"';
      case '\\' -> '\\';
      case '/' -> '/';
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> hexEscape();
      default -> throw malformed("unknown escape");
    };
  }

  private char hexEscape() throws MalformedDataException {
    int value = 0;
    for (int i = 0; i < 4; i++) {
      char c = next();
      int digit = c < 128 ? Character.digit(c, 16) : -1;
      if (digit < 0) {
        throw malformed("not four hexadecimal digits");
      }
      value = value * 16 + digit;
    }
    return (char) value;
  }

  private JsonValue literal(String word, JsonValue value) throws MalformedDataException {
    if (!text.startsWith(word, at)) {
      throw malformed("not a value");
    }
    at += word.length();
    return value;
  }

  private JsonValue number() throws MalformedDataException {
    int start = at;
    at += text.charAt(at) == '-' ? 1 : 0;
    if (at < text.length() && text.charAt(at) == '0') {
      at++;
    } else {
      digits();
    }
    int wholeEnd = at;
    if (at < text.length() && text.charAt(at) == '.') {
      at++;
      digits();
    }
    if (at < text.length() && (text.charAt(at) | 0x20) == 'e') {
      at++;
      at += at < text.length() && (text.charAt(at) == '+' || text.charAt(at) == '-') ? 1 : 0;
      digits();
    }
    String literal = text.substring(start, at);
    if (at == wholeEnd) {
      try {
        return new JsonValue.Whole(Long.parseLong(literal));
      } catch (NumberFormatException e) {
        // Past 64 bits: a fraction can hold it, if not exactly.
      }
    }
    double value = Double.parseDouble(literal);
    if (!Double.isFinite(value)) {
      throw malformed("a number too large");
    }
    return new JsonValue.Fraction(value);
  }

  private void digits() throws MalformedDataException {
    int start = at;
    while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
      at++;
    }
    if (at == start) {
      throw malformed("not a value");
    }
  }

  /** The next character that is not white space, without moving past it. */
  private char peek() throws MalformedDataException {
    skipSpace();
    if (at == text.length()) {
      throw malformed("truncated");
    }
    return text.charAt(at);
  }

  private char next() throws MalformedDataException {
    if (at == text.length()) {
      throw malformed("truncated");
    }
    return text.charAt(at++);
  }

  private void skipSpace() {
    while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  private MalformedDataException malformed(String rule) {
    return new MalformedDataException("JSON", at, rule);
  }
}
