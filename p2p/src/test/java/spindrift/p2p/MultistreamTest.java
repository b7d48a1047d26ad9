package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.InputStream;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import spindrift.base.AbsentException;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.MalformedDataException;
import spindrift.base.ProtocolViolationException;

class MultistreamTest {
  private static final String HEADER = "132f6d756c746973747265616d2f312e302e300a";
  private static final String NOISE = "072f6e6f6973650a";
  private static final String TLS = "0b2f746c732f312e302e300a";
  private static final String NO = "036e610a";
  private static final String LS = "036c730a";

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  @Test
  void theDialerSendsHeaderAndProposalTogether() throws Exception {
    assertThat(select(HEADER + NOISE, "/noise")).isEqualTo("/noise");
    assertThat(written()).isEqualTo(HEADER + NOISE);
    assertThat(Multistream.proposal("/noise").hex()).isEqualTo(HEADER + NOISE);
  }

  @Test
  void theDialerProposesOneAfterTheOther() throws Exception {
    assertThat(select(HEADER + NO + NOISE, "/tls/1.0.0", "/noise")).isEqualTo("/noise");
    assertThat(written()).isEqualTo(HEADER + TLS + NOISE);
    assertThatThrownBy(() -> select(HEADER + NO + NO, "/tls/1.0.0", "/noise"))
        .isInstanceOf(AbsentException.class)
        .hasMessageContaining("/noise");
  }

  @Test
  void anAnswerMayBeReadLater() throws Exception {
    Multistream.confirm(input(HEADER + NOISE), "/noise");
    assertThatThrownBy(() -> Multistream.confirm(input(HEADER + NO), "/noise"))
        .isInstanceOf(AbsentException.class);
    assertThatThrownBy(() -> Multistream.confirm(input(HEADER + TLS), "/noise"))
        .isInstanceOf(ProtocolViolationException.class);
  }

  @Test
  void theListenerAnswersTheFirstThatItSpeaks() throws Exception {
    assertThat(answer(HEADER + NOISE, "/noise")).isEqualTo("/noise");
    assertThat(written()).isEqualTo(HEADER + NOISE);
  }

  @Test
  void theListenerRefusesWhatItDoesNotSpeak() throws Exception {
    assertThat(answer(HEADER + LS + TLS + NOISE, "/noise", "/yamux/1.0.0")).isEqualTo("/noise");
    assertThat(written()).isEqualTo(HEADER + NO + NO + NOISE);
  }

  @Test
  void theListenerReadsNothingBehindTheProposal() throws Exception {
    InputStream in = input(HEADER + NOISE + "cafe");
    Multistream.answer(in, out, "/noise"::equals);
    assertThat(Bytes.owning(in.readAllBytes()).hex()).isEqualTo("cafe");

    in = input(HEADER + NOISE + "cafe");
    Multistream.select(in, out, List.of("/noise"));
    assertThat(Bytes.owning(in.readAllBytes()).hex()).isEqualTo("cafe");
  }

  @Test
  void bothSidesAgreeOverAWire() throws Exception {
    MemoryWire.Pair wires = MemoryWire.pair(1);
    try (Aside<String> listening =
        Aside.run(
            () ->
                Multistream.answer(
                    WireStreams.in(wires.listener()),
                    WireStreams.out(wires.listener()),
                    "/noise"::equals))) {
      String agreed =
          Multistream.select(
              WireStreams.in(wires.dialer()),
              WireStreams.out(wires.dialer()),
              List.of("/tls/1.0.0", "/other", "/noise"));
      assertThat(agreed).isEqualTo("/noise").isEqualTo(listening.result());
    }
  }

  @Test
  void endsEarlyAtEveryByte() throws Exception {
    Bytes dialed = Bytes.parseHex(HEADER + TLS + NOISE);
    for (int size = 0; size < dialed.size(); size++) {
      String cut = dialed.slice(0, size).hex();
      assertThatThrownBy(() -> answer(cut, "/noise")).isInstanceOf(EOFException.class);
    }
    Bytes answered = Bytes.parseHex(HEADER + NO + NOISE);
    for (int size = 0; size < answered.size(); size++) {
      String cut = answered.slice(0, size).hex();
      assertThatThrownBy(() -> select(cut, "/tls/1.0.0", "/noise"))
          .isInstanceOf(EOFException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "00",
        "8000",
        "8110",
        "ffff",
        "ffffffffffff",
        "0161",
        "02ff0a",
        "026161",
        "036e610a",
        "132f6d756c746973747265616d2f322e302e300a",
        HEADER + "00",
        HEADER + "ff7f",
        HEADER + "072f6e6f69736565"
      })
  void rejectsWhatBreaksTheRules(String hex) {
    assertThatThrownBy(() -> answer(hex, "/noise"))
        .isInstanceOfAny(MalformedDataException.class, ProtocolViolationException.class);
    assertThatThrownBy(() -> select(hex, "/noise"))
        .isInstanceOfAny(MalformedDataException.class, ProtocolViolationException.class);
  }

  @Test
  void messagesHaveALargestSize() throws Exception {
    String name = "/".repeat(Multistream.MAX_MESSAGE_BYTES - 1);
    Bytes largest = Multistream.proposal(name);
    assertThat(answer(largest.hex(), name)).isEqualTo(name);
    assertThatThrownBy(() -> Multistream.proposal(name + "/"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aDialerMayNotProposeForever() {
    assertThatThrownBy(() -> answer(HEADER + TLS.repeat(1000), "/noise"))
        .isInstanceOf(ProtocolViolationException.class);
    assertThat(out.size()).isLessThan(1000);
  }

  private String select(String answers, String... protocols) throws Exception {
    out.reset();
    return Multistream.select(input(answers), out, List.of(protocols));
  }

  private String answer(String dialed, String... spoken)
      throws FaultException, java.io.IOException {
    out.reset();
    return Multistream.answer(input(dialed), out, Set.of(spoken)::contains);
  }

  private static InputStream input(String hex) throws MalformedDataException {
    return new ByteArrayInputStream(Bytes.parseHex(hex).toArray());
  }

  private String written() {
    return Bytes.owning(out.toByteArray()).hex();
  }
}
