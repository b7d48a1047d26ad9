package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import spindrift.base.Bytes;
import spindrift.base.FaultException;

/** What a stranger may send before anything about it is known. */
class HandshakeFuzzTest {
  @FuzzTest(maxDuration = "1m")
  void multistreamListener(byte[] input) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      ByteArrayInputStream in = new ByteArrayInputStream(input);
      String agreed = Multistream.answer(in, out, name -> name.startsWith("/"));
      assertThat(agreed).startsWith("/");
      assertThat(out.size()).isLessThanOrEqualTo(input.length + 4 * Multistream.MAX_PROPOSALS);
    } catch (FaultException | IOException refused) {
      assertThat(refused).hasMessageMatching("(?s).+");
    }
  }

  @FuzzTest(maxDuration = "1m")
  void multistreamDialer(byte[] input) {
    try {
      String agreed =
          Multistream.select(
              new ByteArrayInputStream(input),
              new ByteArrayOutputStream(),
              List.of("/tls/1.0.0", "/noise"));
      assertThat(agreed).isIn("/tls/1.0.0", "/noise");
    } catch (FaultException | IOException refused) {
      assertThat(refused).hasMessageMatching("(?s).+");
    }
  }

  @FuzzTest(maxDuration = "1m")
  void noisePayload(byte[] input) {
    Bytes bytes = Bytes.copyOf(input);
    try {
      NoisePayload payload = NoisePayload.read(bytes);
      assertThat(NoisePayload.read(payload.toBytes())).isEqualTo(payload);
      payload.verify(bytes);
    } catch (FaultException refused) {
      assertThat(refused).hasMessageMatching("(?s).+");
    }
  }
}
