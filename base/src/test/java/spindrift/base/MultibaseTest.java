package spindrift.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class MultibaseTest {
  @ParameterizedTest
  @CsvSource({
    "basic.csv, 796573206d616e692021",
    "leading_zero.csv, 00796573206d616e692021",
    "two_leading_zeros.csv, 0000796573206d616e692021"
  })
  void readsAndWritesThePublishedTexts(String file, String hex) throws Exception {
    Bytes content = Bytes.parseHex(hex);
    int known = 0;
    for (String line : lines(file)) {
      Optional<Multibase> base = baseOf(line);
      if (base.isPresent()) {
        known++;
        assertThat(base.get().encode(content)).isEqualTo(textOf(line));
        assertThat(Multibase.decode(textOf(line))).as(line).isEqualTo(content);
      }
    }
    assertThat(known).isEqualTo(Multibase.values().length);
  }

  @Test
  void readsLettersOfEitherCaseWhereTheAlphabetHasOne() throws Exception {
    int known = 0;
    for (String line : lines("case_insensitivity.csv")) {
      if (baseOf(line).isPresent()) {
        known++;
        assertThat(Multibase.decode(textOf(line))).as(line).isEqualTo(Bytes.utf8("hello world"));
      }
    }
    assertThat(known).isEqualTo(8);
  }

  @ParameterizedTest
  @EnumSource
  void everythingWrittenIsReadAgain(Multibase base) throws Exception {
    Random random = new Random(1);
    for (int size = 0; size < 200; size++) {
      byte[] content = new byte[size];
      random.nextBytes(content);
      for (int zeros = 0; zeros < size % 4; zeros++) {
        content[zeros] = 0;
      }
      Bytes bytes = Bytes.owning(content);
      assertThat(Multibase.decode(base.encode(bytes))).isEqualTo(bytes);
      assertThat(base.decodeBare(base.encodeBare(bytes))).isEqualTo(bytes);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "0",
        "Qm",
        "f0",
        "f0g",
        "bpf1",
        "b8a",
        "z0",
        "zl",
        "zI",
        "zO",
        "z\u00e9",
        "k-",
        "u+A",
        "m-A",
        "\ud83d\ude80"
      })
  void rejectsTextThatIsNoMultibase(String text) {
    assertThatThrownBy(() -> Multibase.decode(text)).isInstanceOf(MalformedDataException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"bab", "bpf", "uAB", "mAAB", "MAB==", "cab======"})
  void rejectsBitsLeftOverThatAreNotZero(String text) {
    assertThatThrownBy(() -> Multibase.decode(text))
        .isInstanceOf(MalformedDataException.class)
        .hasMessageContaining("left over");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ba", "baaa", "baaaaaa", "uA", "uAAAAA", "MA===", "ca======="})
  void rejectsADigitThatEndsNoByte(String text) {
    assertThatThrownBy(() -> Multibase.decode(text)).isInstanceOf(MalformedDataException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"MAA", "MAA=", "MAAAA====", "M====", "cae", "uAA==", "MA=A=", "cae====="})
  void rejectsPaddingThatIsNotExact(String text) {
    assertThatThrownBy(() -> Multibase.decode(text)).isInstanceOf(MalformedDataException.class);
  }

  @Test
  void readsNoTextThatIsTooLong() throws Exception {
    String longest = "z" + "1".repeat(Multibase.MAX_CHARS - 1);
    assertThat(Multibase.decode(longest).size()).isEqualTo(Multibase.MAX_CHARS - 1);
    assertThatThrownBy(() -> Multibase.decode(longest + "1"))
        .isInstanceOf(LimitExceededException.class);
  }

  private static Optional<Multibase> baseOf(String line) {
    String name = line.substring(0, line.indexOf(',')).toUpperCase(Locale.ROOT);
    for (Multibase base : Multibase.values()) {
      if (base.name().replace("_", "").equals(name)) {
        return Optional.of(base);
      }
    }
    return Optional.empty();
  }

  private static String textOf(String line) {
    return line.substring(line.indexOf('"') + 1, line.lastIndexOf('"'));
  }

  private static List<String> lines(String file) throws IOException {
    try (InputStream in =
        Objects.requireNonNull(
            MultibaseTest.class.getResourceAsStream("/vectors/multibase/" + file), file)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().skip(1).toList();
    }
  }
}
