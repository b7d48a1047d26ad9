package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import spindrift.base.Bytes;

/** The published vectors of {@code Noise_XX_25519_ChaChaPoly_SHA256}. */
class NoiseVectorTest {
  private static final Bytes INITIATOR_STATIC = count(0x00);
  private static final Bytes RESPONDER_STATIC = count(0x01);
  private static final Bytes INITIATOR_EPHEMERAL = count(0x20);
  private static final Bytes RESPONDER_EPHEMERAL = count(0x41);

  private static Bytes count(int first) {
    byte[] bytes = new byte[32];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (first + i);
    }
    return Bytes.owning(bytes);
  }

  @ParameterizedTest
  @CsvFileSource(resources = "/vectors/noise/xx.csv", numLinesToSkip = 1)
  void saysWhatTheVectorsSay(String prologue, String payloads, String ciphertexts)
      throws Exception {
    List<Bytes> texts = hex(payloads);
    List<Bytes> sealed = hex(ciphertexts);
    NoiseXx initiator = xx(INITIATOR_STATIC, INITIATOR_EPHEMERAL, prologue);
    NoiseXx responder = xx(RESPONDER_STATIC, RESPONDER_EPHEMERAL, prologue);

    for (int i = 0; i < 3; i++) {
      NoiseXx writer = i == 1 ? responder : initiator;
      NoiseXx reader = i == 1 ? initiator : responder;
      Bytes message = writer.write(texts.get(i));
      assertThat(message).isEqualTo(sealed.get(i));
      assertThat(reader.read(message)).isEqualTo(texts.get(i));
    }
    assertThat(responder.remoteStatic()).isEqualTo(X25519.of(INITIATOR_STATIC).publicKey());
    assertThat(initiator.remoteStatic()).isEqualTo(X25519.of(RESPONDER_STATIC).publicKey());

    NoiseTranscript.Keys keys = initiator.split();
    assertThat(responder.split()).isEqualTo(keys);
    check(keys.fromInitiator(), texts.get(3), sealed.get(3));
    check(keys.fromResponder(), texts.get(4), sealed.get(4));
  }

  private static NoiseXx xx(Bytes statics, Bytes ephemeral, String prologue) throws Exception {
    return new NoiseXx(X25519.of(statics), X25519.of(ephemeral), Bytes.parseHex(prologue));
  }

  private static void check(Bytes key, Bytes text, Bytes sealed) throws Exception {
    byte[] out = new byte[text.size() + NoiseCipher.TAG_BYTES];
    new NoiseCipher(key).seal(Bytes.EMPTY, text.toArray(), 0, text.size(), out, 0);
    assertThat(Bytes.copyOf(out)).isEqualTo(sealed);
    int size = new NoiseCipher(key).open(Bytes.EMPTY, out, 0, out.length, out, 0);
    assertThat(Bytes.copyOf(out, 0, size)).isEqualTo(text);
  }

  private static List<Bytes> hex(String list) throws Exception {
    List<Bytes> all = new ArrayList<>();
    for (String one : list.split("\\|", -1)) {
      all.add(Bytes.parseHex(one));
    }
    return all;
  }
}
