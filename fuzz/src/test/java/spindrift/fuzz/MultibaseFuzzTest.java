package spindrift.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.Multibase;

class MultibaseFuzzTest {
  @FuzzTest(maxDuration = "1m")
  void decode(byte[] input) {
    String text = Bytes.copyOf(input).display();
    try {
      Bytes bytes = Multibase.decode(text);
      Multibase base = Multibase.ofPrefix(text.charAt(0));
      // Letters of either case are read where the alphabet has one case; nothing else is lost.
      assertThat(base.encode(bytes)).isEqualToIgnoringCase(text);
      assertThat(Multibase.decode(base.encode(bytes))).isEqualTo(bytes);
    } catch (FaultException refused) {
      assertThat(refused).hasMessageMatching("(?s).+");
    }
  }
}
