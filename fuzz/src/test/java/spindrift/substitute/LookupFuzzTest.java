package spindrift.substitute;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.nix.StoreDir;
import spindrift.substitute.LookupRequest.Scope;

/** What peers may send of the look-up protocol. */
class LookupFuzzTest {
  private static final LookupRequest REQUEST =
      new LookupRequest(
          List.of(new LookupRequest.Key.HashPart("00bgd045z0d4icpbc2yyz4gx48ak44la")),
          Scope.CLOSURES,
          Duration.ZERO);

  @FuzzTest(maxDuration = "1m")
  void request(byte[] input) {
    try {
      RequestMessage request = RequestMessage.decode(Bytes.copyOf(input));
      assertThat(RequestMessage.decode(request.encode().toBytes())).isEqualTo(request);
    } catch (FaultException refused) {
      assertThat(refused).hasMessageMatching("(?s).+");
    }
  }

  @FuzzTest(maxDuration = "1m")
  void answer(byte[] input) {
    try {
      AnswerMessage answer = AnswerMessage.decode(Bytes.copyOf(input));
      assertThat(AnswerMessage.decode(answer.encode().toBytes())).isEqualTo(answer);
    } catch (FaultException refused) {
      assertThat(refused).hasMessageMatching("(?s).+");
    }
  }

  @FuzzTest(maxDuration = "1m")
  void wholeAnswer(byte[] input) throws IOException {
    AnswerAssembly assembly = new AnswerAssembly(StoreDir.DEFAULT, REQUEST);
    ByteArrayInputStream in = new ByteArrayInputStream(input);
    try {
      Optional<Bytes> message = MessageStream.read(in, AnswerMessage.MAX_BYTES, "answer");
      while (message.isPresent() && assembly.end().isEmpty()) {
        assembly.add(message.get());
        message = MessageStream.read(in, AnswerMessage.MAX_BYTES, "answer");
      }
      assertThat(assembly.finish().found().size() + assembly.finish().absent().size()).isPositive();
    } catch (FaultException | java.io.EOFException refused) {
      assertThat(refused).hasMessageMatching("(?s).+");
    }
  }
}
