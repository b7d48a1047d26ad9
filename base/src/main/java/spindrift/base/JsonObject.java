package spindrift.base;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object: members in the order given, each name once. Immutable.
 *
 * <p>The typed accessors are for documents from outside: where a member is missing or of another
 * type they fail with a message that names it.
 */
public final class JsonObject implements JsonValue {
  /** The object without members. */
  public static final JsonObject EMPTY = new JsonObject(Map.of());

  private static final String FORMAT = "JSON";

  private final Map<String, JsonValue> members;

  private JsonObject(Map<String, JsonValue> members) {
    this.members = members;
  }

  /**
   * An object of names and values by turns: {@code of("path", p, "size", 12)}. Values are all that
   * {@link JsonValue#from} takes; a member whose value is an empty {@link Optional}, or one of its
   * siblings, is left out.
   *
   * @throws IllegalArgumentException when a name is not text or stands twice
   */
  public static JsonObject of(@Nullable Object... namesAndValues) {
    if (namesAndValues.length % 2 != 0) {
      throw new IllegalArgumentException("a name without a value");
    }
    Builder builder = builder();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      if (!(namesAndValues[i] instanceof String name)) {
        throw new IllegalArgumentException("not a name: " + namesAndValues[i]);
      }
      builder.put(name, namesAndValues[i + 1]);
    }
    return builder.build();
  }

  static JsonObject from(Map<?, ?> map) {
    Builder builder = builder();
    map.forEach((name, value) -> builder.put(String.valueOf(name), value));
    return builder.build();
  }

  static JsonObject owning(Map<String, JsonValue> members) {
    return new JsonObject(members);
  }

  public static Builder builder() {
    return new Builder();
  }

  /** The members in order; cannot be changed. */
  public Map<String, JsonValue> members() {
    return Collections.unmodifiableMap(members);
  }

  public boolean isEmpty() {
    return members.isEmpty();
  }

  /** The member's value, where there is one; JSON's null counts as one. */
  public Optional<JsonValue> find(String name) {
    return Optional.ofNullable(members.get(name));
  }

  /** A copy with this member at the end, or in the place of the one with its name. */
  public JsonObject with(String name, @Nullable Object value) {
    Map<String, JsonValue> changed = new LinkedHashMap<>(members);
    changed.put(Json.wellFormed(name), JsonValue.from(value));
    return new JsonObject(changed);
  }

  /** A copy without this member. */
  public JsonObject without(String name) {
    Map<String, JsonValue> changed = new LinkedHashMap<>(members);
    changed.remove(name);
    return new JsonObject(changed);
  }

  public String text(String name) throws MalformedDataException {
    return required(name, JsonValue.Text.class, "text").value();
  }

  public long whole(String name) throws MalformedDataException {
    return required(name, JsonValue.Whole.class, "a whole number").value();
  }

  public boolean truth(String name) throws MalformedDataException {
    return required(name, JsonValue.Truth.class, "true or false") == JsonValue.Truth.TRUE;
  }

  public JsonObject object(String name) throws MalformedDataException {
    return required(name, JsonObject.class, "an object");
  }

  public List<JsonValue> items(String name) throws MalformedDataException {
    return required(name, JsonValue.Items.class, "an array").values();
  }

  /** The text of a member that may be missing or null. */
  public Optional<String> optionalText(String name) throws MalformedDataException {
    return isAbsent(name) ? Optional.empty() : Optional.of(text(name));
  }

  /** The number of a member that may be missing or null. */
  public OptionalLong optionalWhole(String name) throws MalformedDataException {
    return isAbsent(name) ? OptionalLong.empty() : OptionalLong.of(whole(name));
  }

  /** The object of a member that may be missing or null. */
  public Optional<JsonObject> optionalObject(String name) throws MalformedDataException {
    return isAbsent(name) ? Optional.empty() : Optional.of(object(name));
  }

  private boolean isAbsent(String name) {
    return members.getOrDefault(name, JsonValue.Null.NULL) == JsonValue.Null.NULL;
  }

  private <T extends JsonValue> T required(String name, Class<T> type, String expected)
      throws MalformedDataException {
    @Nullable JsonValue value = members.get(name);
    if (!type.isInstance(value)) {
      throw new MalformedDataException(
          FORMAT, -1, Excerpt.of(name) + (value == null ? " is missing" : " is not " + expected));
    }
    return type.cast(value);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof JsonObject that && members.equals(that.members);
  }

  @Override
  public int hashCode() {
    return members.hashCode();
  }

  /** The compact rendering. */
  @Override
  public String toString() {
    return Json.render(this);
  }

  /** Collects members in order; for one thread. */
  public static final class Builder {
    private final Map<String, JsonValue> members = new LinkedHashMap<>();

    private Builder() {}

    /**
     * Adds a member; see {@link JsonObject#of} for the values.
     *
     * @throws IllegalArgumentException when the name stands already
     */
    public Builder put(String name, @Nullable Object value) {
      return switch (value) {
        case Optional<?> optional -> optional.isPresent() ? put(name, optional.get()) : this;
        case OptionalLong optional -> optional.isPresent() ? put(name, optional.getAsLong()) : this;
        case OptionalInt optional -> optional.isPresent() ? put(name, optional.getAsInt()) : this;
        case OptionalDouble optional ->
            optional.isPresent() ? put(name, optional.getAsDouble()) : this;
        case null, default -> {
          if (members.putIfAbsent(Json.wellFormed(name), JsonValue.from(value)) != null) {
            throw new IllegalArgumentException("a member stands twice: " + name);
          }
          yield this;
        }
      };
    }

    public JsonObject build() {
      return new JsonObject(new LinkedHashMap<>(members));
    }
  }
}
