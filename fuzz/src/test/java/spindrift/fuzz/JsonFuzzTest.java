package spindrift.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.Json;
import spindrift.base.JsonValue;

class JsonFuzzTest {
  @FuzzTest(maxDuration = "1m")
  void parse(byte[] input) {
    try {
      JsonValue value = Json.parse(Bytes.copyOf(input));
      assertThat(Json.parse(Json.render(value))).isEqualTo(value);
      assertThat(Json.parse(Json.renderPretty(value))).isEqualTo(value);
    } catch (FaultException refused) {
      assertThat(refused).hasMessageMatching("(?s).+");
    }
  }
}
