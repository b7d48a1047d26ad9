package spindrift.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.ipld.DagPb;
import spindrift.ipld.PbNode;

class DagPbFuzzTest {
  @FuzzTest(maxDuration = "1m")
  void decode(byte[] input) {
    Bytes bytes = Bytes.copyOf(input);
    try {
      PbNode node = DagPb.decode(bytes);
      assertThat(DagPb.encode(node)).isEqualTo(bytes);
      assertThat(DagPb.encodedSize(node)).isEqualTo(bytes.size());
    } catch (FaultException refused) {
      assertThat(refused).hasMessageMatching("(?s).+");
    }
  }
}
