package spindrift.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.p2p.Multiaddr;

class MultiaddrFuzzTest {
  @FuzzTest(maxDuration = "1m")
  void binary(byte[] input) {
    Bytes bytes = Bytes.copyOf(input);
    try {
      Multiaddr address = Multiaddr.fromBytes(bytes);
      assertThat(address.toBytes()).isEqualTo(bytes);
      address.tcp();
      address.peer().ifPresent(peer -> assertThat(address.withPeer(peer)).isEqualTo(address));
      if (!pathEndsEarly(address)) {
        assertThat(Multiaddr.parse(address.toString())).isEqualTo(address);
      }
    } catch (FaultException refused) {
      assertThat(refused).hasMessageMatching("(?s).+");
    }
  }

  @FuzzTest(maxDuration = "1m")
  void text(byte[] input) {
    try {
      Multiaddr address = Multiaddr.parse(Bytes.copyOf(input).display());
      assertThat(Multiaddr.parse(address.toString())).isEqualTo(address);
      assertThat(Multiaddr.fromBytes(address.toBytes())).isEqualTo(address);
      assertThat(address.withoutPeer().peer().isPresent())
          .isEqualTo(address.parts().size() == 1 && address.peer().isPresent());
    } catch (FaultException refused) {
      assertThat(refused).hasMessageMatching("(?s).+");
    }
  }

  /** A path takes the rest of a text, so what follows it in the binary form is not told apart. */
  private static boolean pathEndsEarly(Multiaddr address) {
    return address.parts().stream()
        .limit(address.parts().size() - 1L)
        .anyMatch(part -> part.protocol().equals("unix"));
  }
}
