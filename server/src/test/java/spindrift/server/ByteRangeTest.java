package spindrift.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ByteRangeTest {
  @ParameterizedTest
  @CsvSource({
    "bytes=0-0, 0, 1",
    "bytes=0-9, 0, 10",
    "bytes=0-, 0, 10",
    "bytes=3-5, 3, 6",
    "bytes=3-500, 3, 10",
    "bytes=9-, 9, 10",
    "bytes=-1, 9, 10",
    "bytes=-10, 0, 10",
    "bytes=-11, 0, 10",
    "Bytes= 1-2, 1, 3",
    "bytes=5-999999999999999999, 5, 10"
  })
  void readsSingleRanges(String header, long from, long to) {
    assertThat(ByteRange.parse(Optional.of(header), 10))
        .isEqualTo(new ByteRange.Part(new ByteRange(from, to)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"bytes=10-", "bytes=10-12", "bytes=999999999999999999-", "bytes=-0"})
  void refusesRangesPastTheEnd(String header) {
    assertThat(ByteRange.parse(Optional.of(header), 10)).isEqualTo(new ByteRange.Unsatisfiable());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bytes=0-1,3-4",
        "bytes=-",
        "bytes=5-4",
        "items=0-1",
        "bytes=a-b",
        "bytes 0-1",
        "bytes=+1-2",
        "bytes=1-2x",
        "bytes=1234567890123456789-"
      })
  void answersAnythingElseWithTheWhole(String header) {
    assertThat(ByteRange.parse(Optional.of(header), 10)).isEqualTo(new ByteRange.Whole());
  }

  @Test
  void hasNoPartOfNothing() {
    assertThat(ByteRange.parse(Optional.empty(), 0)).isEqualTo(new ByteRange.Whole());
    assertThat(ByteRange.parse(Optional.of("bytes=0-"), 0))
        .isEqualTo(new ByteRange.Unsatisfiable());
    assertThat(ByteRange.parse(Optional.of("bytes=-5"), 0))
        .isEqualTo(new ByteRange.Unsatisfiable());
  }
}
