package spindrift.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.ipld.Cid;

class CidFuzzTest {
  @FuzzTest(maxDuration = "1m")
  void binary(byte[] input) {
    Bytes bytes = Bytes.copyOf(input);
    try {
      Cid cid = Cid.fromBytes(bytes);
      assertThat(cid.toBytes()).isEqualTo(bytes);
      assertThat(cid.byteSize()).isEqualTo(bytes.size()).isLessThanOrEqualTo(Cid.MAX_BYTES);
      assertThat(Cid.parse(cid.toString())).isEqualTo(cid).hasSameHashCodeAs(cid);
    } catch (FaultException refused) {
      assertThat(refused).hasMessageMatching("(?s).+");
    }
  }

  @FuzzTest(maxDuration = "1m")
  void text(byte[] input) {
    try {
      Cid cid = Cid.parse(Bytes.copyOf(input).display());
      assertThat(Cid.parse(cid.toString())).isEqualTo(cid);
    } catch (FaultException refused) {
      assertThat(refused).hasMessageMatching("(?s).+");
    }
  }
}
