package spindrift.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import spindrift.p2p.Identity;
import spindrift.p2p.Multiaddr;
import spindrift.p2p.PeerId;

/** Connections come about, and come back, and nobody is pestered. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
final class PeerDialerTest {
  /** In order, so that it is known who goes first. */
  private final List<PeerId> ids =
      Stream.generate(() -> Identity.generate().peerId()).limit(3).sorted().toList();

  private final ScriptedHost host = new ScriptedHost(ids.get(1));

  @Test
  void aNamedPeerIsDialledAndDialledAgainWhenItIsLost() throws Exception {
    Multiaddr address = address(1);
    host.network.put(address, ids.getFirst());
    try (PeerDialer _ = PeerDialer.start(host, List.of(address))) {
      assertThat(nextDial()).isEqualTo(address);
      awaitConnected(ids.getFirst());
      host.disconnect(ids.getFirst());
      assertThat(nextDial()).isEqualTo(address);
      awaitConnected(ids.getFirst());
    }
  }

  @Test
  void aNamedPeerIsTriedUntilItIsThere() throws Exception {
    Multiaddr address = address(1).withPeer(ids.getFirst());
    try (PeerDialer _ = PeerDialer.start(host, List.of(address))) {
      assertThat(nextDial()).isEqualTo(address);
      assertThat(nextDial()).as("after a pause").isEqualTo(address);
      host.network.put(address.withoutPeer(), ids.getFirst());
      awaitConnected(ids.getFirst());
    }
  }

  @Test
  void aNewNetworkEndsAllPauses() throws Exception {
    List<Multiaddr> addresses = List.of(address(1), address(2));
    try (PeerDialer dialer = PeerDialer.start(host, addresses)) {
      for (int i = 0; i < 4; i++) {
        nextDial();
      }
      host.network.put(address(1), ids.getFirst());
      host.network.put(address(2), ids.getLast());
      dialer.networkChanged();
      awaitConnected(ids.getFirst());
      awaitConnected(ids.getLast());
    }
  }

  @Test
  void aPeerThatIsFoundIsDialledAtTheFirstAddressThatAnswers() throws Exception {
    PeerId peer = ids.getLast();
    host.network.put(address(2), peer);
    try (PeerDialer dialer = PeerDialer.start(host, List.of())) {
      dialer.found(peer, List.of(address(1), address(2), address(3)));
      assertThat(nextDial()).isEqualTo(address(1).withPeer(peer));
      assertThat(nextDial()).isEqualTo(address(2).withPeer(peer));
      awaitConnected(peer);
      dialer.found(peer, List.of(address(1), address(2)));
      dialer.found(host.peerId(), List.of(address(4)));
      dialer.networkChanged();
    }
    assertThat(host.dialled).as("connected already, and itself").isEmpty();
  }

  @Test
  void whoHasTheLargerIdLetsTheOtherGoFirst() throws Exception {
    try (PeerDialer dialer = PeerDialer.start(host, List.of())) {
      dialer.found(ids.getFirst(), List.of(address(1)));
      dialer.found(ids.getLast(), List.of(address(2)));
      assertThat(nextDial()).isEqualTo(address(2).withPeer(ids.getLast()));
      assertThat(nextDial().withoutPeer()).as("after a while").isIn(address(1), address(2));
    }
  }

  @Test
  void aCrowdIsNotDialledWhole() throws Exception {
    Set<Multiaddr> seen = new HashSet<>();
    try (PeerDialer dialer = PeerDialer.start(host, List.of())) {
      for (int i = 0; i < PeerDialer.MAX_FOUND + 20; i++) {
        PeerId peer = Identity.generate().peerId();
        host.network.put(address(1000 + i), peer);
        dialer.found(peer, List.of(address(1000 + i)));
      }
      while (seen.size() < PeerDialer.MAX_FOUND) {
        seen.add(nextDial());
      }
    }
    assertThat(host.dialled).as("the rest").isEmpty();
  }

  private Multiaddr nextDial() throws InterruptedException {
    return Objects.requireNonNull(host.dialled.poll(30, TimeUnit.SECONDS), "nobody was dialled");
  }

  private void awaitConnected(PeerId peer) {
    while (host.peer(peer).isEmpty()) {
      LockSupport.parkNanos(5_000_000); // bounded by the limit of the test
    }
  }

  private static Multiaddr address(int port) {
    return new Multiaddr(
        List.of(
            new Multiaddr.Part("ip4", "192.0.2.1"),
            new Multiaddr.Part("tcp", Integer.toString(port))));
  }
}
