package spindrift.cli;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import spindrift.base.JsonObject;
import spindrift.base.JsonValue;

/**
 * Members of a node's answer as text for people. A node of another version may leave some out,
 * which is no reason to fail.
 */
final class Members {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss", Locale.ROOT);

  private Members() {}

  /** The member as text; empty where there is none. */
  static String text(JsonObject object, String name) {
    return object.find(name).map(Members::text).orElse("");
  }

  /** The member as a number; 0 where there is none. */
  static long whole(JsonObject object, String name) {
    return object.find(name).orElse(JsonValue.Null.NULL) instanceof JsonValue.Whole number
        ? number.value()
        : 0;
  }

  /** The instant as this machine's time, to the second; as it is where it cannot be read. */
  static String time(JsonObject object, String name) {
    String text = text(object, name);
    try {
      return TIME.format(Instant.parse(text).atZone(ZoneId.systemDefault()));
    } catch (DateTimeParseException e) {
      return text;
    }
  }

  static boolean truth(JsonObject object, String name) {
    return object.find(name).orElse(JsonValue.Null.NULL) == JsonValue.Truth.TRUE;
  }

  /** The member's items as texts; none where it is not an array. */
  static List<String> texts(JsonObject object, String name) {
    List<String> texts = new ArrayList<>();
    if (object.find(name).orElse(JsonValue.Null.NULL) instanceof JsonValue.Items items) {
      items.values().forEach(item -> texts.add(text(item)));
    }
    return texts;
  }

  /** The member's items that are objects; none where it is not an array. */
  static List<JsonObject> objects(JsonObject object, String name) {
    List<JsonObject> objects = new ArrayList<>();
    if (object.find(name).orElse(JsonValue.Null.NULL) instanceof JsonValue.Items items) {
      for (JsonValue item : items.values()) {
        if (item instanceof JsonObject one) {
          objects.add(one);
        }
      }
    }
    return objects;
  }

  private static String text(JsonValue value) {
    return switch (value) {
      case JsonValue.Text text -> text.value();
      case JsonValue.Null ignored -> "";
      case JsonValue.Truth truth -> truth == JsonValue.Truth.TRUE ? "yes" : "no";
      case JsonValue.Whole number -> Long.toString(number.value());
      case JsonValue.Fraction number -> Double.toString(number.value());
      case JsonValue.Items items ->
          items.values().stream().map(Members::text).collect(Collectors.joining(", "));
      case JsonObject object ->
          object.members().entrySet().stream()
              .map(member -> member.getKey() + " " + text(member.getValue()))
              .collect(Collectors.joining(", "));
    };
  }
}
