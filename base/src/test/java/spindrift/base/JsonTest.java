package spindrift.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class JsonTest {
  private static String roundTrip(String json) throws FaultException {
    return Json.render(Json.parse(json));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "true",
        "false",
        "0",
        "-1",
        "9223372036854775807",
        "-9223372036854775808",
        "1.5",
        "\"\"",
        "\"a\\\"b\\\\c\\n\\t\\u0001\\u001f\u007f\u00e9\ud83d\ude00/\"",
        "[]",
        "[1,[2,[]],{}]",
        "{}",
        "{\"b\":1,\"a\":{\"\":null},\"c\":[true]}",
      })
  void readsAndWritesTheSame(String json) throws Exception {
    assertThat(roundTrip(json)).isEqualTo(json);
    JsonValue value = Json.parse(json);
    assertThat(Json.parse(Json.renderPretty(value))).isEqualTo(value);
    assertThat(Json.parse("\t\r\n " + json + " ")).isEqualTo(value);
  }

  @Test
  void readsOtherSpellings() throws Exception {
    assertThat(roundTrip("\"\\u00e9\\ud83d\\ude00\\/\\b\\f\""))
        .isEqualTo("\"\u00e9\ud83d\ude00/\\b\\f\"");
    assertThat(roundTrip("1e2")).isEqualTo("100.0");
    assertThat(roundTrip("-0")).isEqualTo("0");
    assertThat(Json.parse("9223372036854775808")).isEqualTo(new JsonValue.Fraction(0x1p63));
    assertThat(roundTrip("[ 1 , 2 ]")).isEqualTo("[1,2]");
    assertThat(roundTrip("{ \"a\" : 1 , \"b\" : 2 }")).isEqualTo("{\"a\":1,\"b\":2}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "nul",
        "nullx",
        "True",
        "+1",
        "01",
        "-",
        "1.",
        ".5",
        "1e",
        "1e+",
        "1e999",
        "NaN",
        "\"",
        "\"\n\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u12g4\"",
        "\"\\ud800\"",
        "\"\\udc00\\ud800\"",
        "'a'",
        "[",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[}",
        "{",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":1,",
        "{\"a\":1,}",
        "{\"a\" 1}",
        "{a:1}",
        "{\"a\":1,\"a\":1}",
        "{]",
        "1 1",
        "[]]",
        "// c\n1",
        "\u00a01",
      })
  void rejectsWhatIsNotJson(String json) {
    assertThatThrownBy(() -> Json.parse(json)).isInstanceOf(MalformedDataException.class);
  }

  @Test
  void rejectsEveryTruncation() {
    String json = "{\"a\":[1,-2.5e1,\"x\\u00e9\",{\"b\":null}],\"c\":true}";
    for (int size = 0; size < json.length(); size++) {
      String part = json.substring(0, size);
      assertThatThrownBy(() -> Json.parse(part)).isInstanceOf(MalformedDataException.class);
    }
  }

  @Test
  void rejectsBytesThatAreNotUtf8() {
    assertThatThrownBy(() -> Json.parse(Bytes.of('"', 0xff, '"')))
        .isInstanceOf(MalformedDataException.class);
  }

  @Test
  void limitsSizeAndNesting() throws Exception {
    String nested = "[".repeat(64) + "]".repeat(64);
    assertThat(roundTrip(nested)).isEqualTo(nested);
    assertThatThrownBy(() -> Json.parse("[" + nested + "]"))
        .isInstanceOf(LimitExceededException.class);
    assertThat(Json.parse(Bytes.utf8("[]"), 2, 1)).isNotNull();
    assertThatThrownBy(() -> Json.parse(Bytes.utf8("[ ]"), 2, 1))
        .isInstanceOf(LimitExceededException.class);
    String deep = "[".repeat(1_000_000) + "]".repeat(1_000_000);
    assertThat(Json.parse(Bytes.utf8(deep), deep.length(), 1_000_000)).isNotNull();
  }

  @Test
  void buildsObjectsOfJavaValues() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("x", 1.5);
    JsonObject object =
        JsonObject.of(
            "int",
            1,
            "long",
            2L,
            "text",
            "t",
            "flag",
            true,
            "none",
            null,
            "list",
            List.of(1, "a"),
            "map",
            map,
            "empty",
            Optional.empty(),
            "some",
            Optional.of("s"),
            "absent",
            OptionalLong.empty(),
            "number",
            OptionalLong.of(7),
            "object",
            JsonObject.EMPTY);
    assertThat(object)
        .hasToString(
            "{\"int\":1,\"long\":2,\"text\":\"t\",\"flag\":true,\"none\":null,\"list\":[1,\"a\"],"
                + "\"map\":{\"x\":1.5},\"some\":\"s\",\"number\":7,\"object\":{}}");
    assertThat(object.with("int", 9).without("map").with("new", "n").members().keySet())
        .startsWith("int", "long")
        .endsWith("object", "new")
        .doesNotContain("map");
  }

  @Test
  void refusesWhatHasNoJson() {
    assertThatThrownBy(() -> JsonObject.of("a")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> JsonObject.of(1, 2)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> JsonObject.of("a", 1, "a", 2))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> JsonValue.from(new Object()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> JsonValue.from(Double.NaN))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(JsonValue.from("\ud800")).isEqualTo(new JsonValue.Text("\ufffd"));
  }

  @Test
  void givesTypedAccess() throws Exception {
    JsonObject object =
        Json.parseObject("{\"t\":\"x\",\"n\":3,\"b\":false,\"o\":{},\"l\":[1],\"z\":null}");
    assertThat(object.text("t")).isEqualTo("x");
    assertThat(object.whole("n")).isEqualTo(3);
    assertThat(object.truth("b")).isFalse();
    assertThat(object.object("o")).isEqualTo(JsonObject.EMPTY);
    assertThat(object.items("l")).containsExactly(new JsonValue.Whole(1));
    assertThat(object.optionalText("z")).isEmpty();
    assertThat(object.optionalText("absent")).isEmpty();
    assertThat(object.optionalWhole("n")).hasValue(3);
    assertThat(object.optionalObject("o")).isPresent();
    assertThat(object.find("z")).hasValue(JsonValue.Null.NULL);
    assertThatThrownBy(() -> object.text("absent")).hasMessageContaining("\"absent\" is missing");
    assertThatThrownBy(() -> object.text("n")).hasMessageContaining("\"n\" is not text");
    assertThatThrownBy(() -> object.optionalText("n")).isInstanceOf(MalformedDataException.class);
    assertThatThrownBy(() -> Json.parseObject("[]")).isInstanceOf(MalformedDataException.class);
  }

  @Test
  void rendersForPeople() {
    JsonObject object = JsonObject.of("a", 1, "b", List.of(2, JsonObject.EMPTY), "c", List.of());
    assertThat(Json.renderPretty(object))
        .isEqualTo(
            """
            {
              "a": 1,
              "b": [
                2,
                {}
              ],
              "c": []
            }\
            """);
  }
}
