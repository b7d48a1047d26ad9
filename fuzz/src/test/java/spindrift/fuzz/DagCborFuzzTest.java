package spindrift.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.ipld.DagCbor;
import spindrift.ipld.DagCborValue;

class DagCborFuzzTest {
  @FuzzTest(maxDuration = "1m")
  void decode(byte[] input) {
    Bytes bytes = Bytes.copyOf(input);
    try {
      DagCborValue value = DagCbor.decode(bytes);
      assertThat(DagCbor.encode(value)).isEqualTo(bytes);
      assertThat(DagCbor.decode(bytes)).isEqualTo(value);
    } catch (FaultException refused) {
      assertThat(refused).hasMessageMatching("(?s).+");
    }
  }
}
