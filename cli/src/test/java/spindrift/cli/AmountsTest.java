package spindrift.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AmountsTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0 B",
    "999, 999 B",
    "1000, 1.0 kB",
    "1234, 1.2 kB",
    "99949, 99.9 kB",
    "226560, 227 kB",
    "999499, 999 kB",
    "999500, 1.0 MB",
    "1200000000, 1.2 GB",
    "9223372036854775807, 9.2 EB"
  })
  void writesBytesInPowersOfThousand(long bytes, String text) {
    assertThat(Amounts.bytes(bytes)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0 B",
    "512, 512 B",
    "1024, 1 KiB",
    "1536, 1.5 KiB",
    "524288000, 500 MiB",
    "53687091200, 50 GiB"
  })
  void writesLimitsInThePowersTheyWereGivenIn(long bytes, String text) {
    assertThat(Amounts.binaryBytes(bytes)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({"0, 0 s", "59, 59 s", "60, 1 min 00 s", "125, 2 min 05 s", "11400, 3 h 10 min"})
  void writesTimes(long seconds, String text) {
    assertThat(Amounts.seconds(seconds)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({"0, 0 paths", "1, 1 path", "2, 2 paths"})
  void countsInSingularAndPlural(long number, String text) {
    assertThat(Amounts.count(number, "path")).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0 µs",
    "999, 999 µs",
    "1000, 1.0 ms",
    "20085, 20.1 ms",
    "99949, 99.9 ms",
    "340000, 340 ms",
    "999499, 999 ms",
    "999500, 1.0 s",
    "61000000, 61.0 s"
  })
  void writesShortTimes(long micros, String text) {
    assertThat(Amounts.micros(micros)).isEqualTo(text);
  }
}
