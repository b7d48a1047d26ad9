package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import spindrift.base.Bytes;
import spindrift.base.ProtocolViolationException;

class NoiseChannelTest {
  @Test
  void bothSidesKnowEachOther() throws Exception {
    MemoryWire.Pair wires = MemoryWire.pair();
    Identity dialer = Identity.generate();
    Identity listener = Identity.generate();
    try (Aside<NoiseChannel> accepting =
            Aside.run(
                () ->
                    NoiseHandshake.accept(
                        wires.listener(), listener, List.of(), Optional.empty()));
        NoiseChannel dialed =
            NoiseHandshake.dial(
                wires.dialer(), dialer, List.of(), Optional.of(listener.peerId()))) {
      assertThat(dialed.remoteKey()).isEqualTo(listener.publicKey());
      assertThat(accepting.result().remoteKey()).isEqualTo(dialer.publicKey());
      assertThat(dialed.muxer()).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({"a|b, b|a, a", "b|a, a|b, b", "a, a, a", "c|b, a|b, b", "'', a, ", "a, '', "})
  void theDialersChoiceOfMuxersCounts(String dialers, String listeners, String expected)
      throws Exception {
    MemoryWire.Pair wires = MemoryWire.pair();
    try (NoisePair pair =
        NoisePair.over(wires.dialer(), wires.listener(), list(dialers), list(listeners))) {
      assertThat(pair.dialer().muxer()).isEqualTo(Optional.ofNullable(expected));
      assertThat(pair.listener().muxer()).isEqualTo(Optional.ofNullable(expected));
    }
  }

  @Test
  void withoutAMuxerInCommonThereIsNoChannel() {
    MemoryWire.Pair wires = MemoryWire.pair();
    assertThatThrownBy(
            () -> NoisePair.over(wires.dialer(), wires.listener(), list("a|b"), list("c")))
        .isInstanceOf(ProtocolViolationException.class)
        .hasMessageContaining("muxer");
  }

  private static List<String> list(String text) {
    return text.isEmpty() ? List.of() : List.of(text.split("\\|", -1));
  }

  @Test
  void largerPiecesTakeRoomAsLongAsTheChannelIsOpen() throws Exception {
    long total = 8L << 20;
    MemoryBudget budget = new MemoryBudget(total);
    byte[] sent = new byte[1_000_000];
    new Random(1).nextBytes(sent);
    try (NoisePair pair = NoisePair.over(MemoryWire.pair())) {
      pair.dialer().growWithin(budget.pieces());
      pair.listener().growWithin(budget.pieces());
      pair.dialer().write(sent, 0, sent.length);
      assertThat(NoisePair.read(pair.listener(), sent.length)).isEqualTo(sent);
      try (MemoryBudget.Pieces rest = budget.pieces()) {
        assertThat(rest.take(total / 4)).isFalse();
      }
    }
    try (MemoryBudget.Pieces rest = budget.pieces()) {
      assertThat(rest.take(total / 4)).as("all is given back").isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 65518, 65519, 65520, 131038, 131039, 300_000, 1_000_000})
  void carriesAnyNumberOfBytesBothWays(int size) throws Exception {
    byte[] sent = new byte[size];
    new Random(size).nextBytes(sent);
    try (NoisePair pair = NoisePair.over(MemoryWire.pair())) {
      pair.dialer().write(sent, 0, size);
      pair.listener().write(sent, size / 3, size - size / 3);
      pair.dialer().write(sent, 0, 0);
      assertThat(NoisePair.read(pair.listener(), size)).isEqualTo(sent);
      assertThat(NoisePair.read(pair.dialer(), size - size / 3))
          .isEqualTo(Arrays.copyOfRange(sent, size / 3, size));
    }
  }

  @Test
  void carriesAMixtureOfSizesOverTcp() throws Exception {
    Random random = new Random(5);
    byte[] sent = new byte[3_000_000];
    random.nextBytes(sent);
    try (TcpPair wires = TcpPair.open();
        NoisePair pair =
            NoisePair.over(wires.dialer(), wires.listener(), NoisePair.MUXERS, NoisePair.MUXERS);
        Aside<Void> writing = Aside.run(() -> writeInPieces(pair.dialer(), sent, random))) {
      byte[] received = new byte[sent.length];
      int at = 0;
      Random sizes = new Random(6);
      while (at < received.length) {
        int most = Math.min(received.length - at, 1 + sizes.nextInt(sizes.nextInt(10) + 1) * 9000);
        at += pair.listener().read(received, at, most);
      }
      writing.result();
      assertThat(Arrays.equals(received, sent)).isTrue();
    }
  }

  private static Void writeInPieces(NoiseChannel channel, byte[] bytes, Random random)
      throws IOException {
    int at = 0;
    while (at < bytes.length) {
      int count = Math.min(bytes.length - at, 1 + random.nextInt(random.nextInt(10) + 1) * 40_000);
      channel.write(bytes, at, count);
      at += count;
    }
    return null;
  }

  @Test
  void readsIntoTheMiddleOfAnArrayAndNothingWhenAskedForNothing() throws Exception {
    try (NoisePair pair = NoisePair.over(MemoryWire.pair())) {
      pair.dialer().write(Bytes.utf8("snowdrift").toArray(), 0, 9);
      byte[] buffer = new byte[6];
      assertThat(pair.listener().read(buffer, 1, 0)).isZero();
      assertThat(pair.listener().read(buffer, 1, 4)).isEqualTo(4);
      assertThat(pair.listener().read(buffer, 0, 1)).isEqualTo(1);
      assertThat(buffer).isEqualTo(new byte[] {'d', 's', 'n', 'o', 'w', 0});
      assertThat(pair.listener().read(buffer, 1, 5)).isEqualTo(4);
    }
  }

  @Test
  void closingEndsAReadThatWaits() throws Exception {
    try (TcpPair wires = TcpPair.open();
        NoisePair pair = NoisePair.over(wires.dialer(), wires.listener(), List.of(), List.of());
        Aside<Integer> reading = Aside.run(() -> pair.listener().read(new byte[1], 0, 1))) {
      pair.listener().close();
      assertThatThrownBy(reading::result).isInstanceOf(IOException.class);
    }
  }
}
