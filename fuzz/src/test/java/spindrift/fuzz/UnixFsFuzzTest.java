package spindrift.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.ipld.UnixFsNode;

class UnixFsFuzzTest {
  @FuzzTest(maxDuration = "1m")
  void decode(byte[] input) {
    try {
      UnixFsNode node = UnixFsNode.decode(Bytes.copyOf(input));
      // Other writers' bytes are read too, so it is the meaning that has to survive.
      assertThat(UnixFsNode.decode(node.encode().bytes())).isEqualTo(node);
    } catch (FaultException refused) {
      assertThat(refused).hasMessageMatching("(?s).+");
    }
  }
}
