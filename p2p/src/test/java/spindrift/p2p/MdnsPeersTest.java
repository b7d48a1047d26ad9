package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class MdnsPeersTest {
  private final AtomicLong clock = new AtomicLong();
  private final MdnsPeers peers = new MdnsPeers(clock::get);
  private final PeerId peer = Identity.generate().peerId();
  private final List<Multiaddr> here = addresses(1);

  @Test
  void tellsOfAPeerOnceInAWhile() {
    assertThat(peers.isNews(peer, here, source(1))).isTrue();
    assertThat(peers.isNews(peer, here, source(1))).isFalse();
    assertThat(peers.isNews(peer, addresses(2), source(1))).isTrue();
    assertThat(peers.isNews(peer, here, source(1))).isFalse();
    pass(MdnsPeers.AGAIN);
    assertThat(peers.isNews(peer, here, source(1))).isTrue();
  }

  @Test
  void tellsAgainWhenItHasForgotten() {
    assertThat(peers.isNews(peer, here, source(1))).isTrue();
    peers.forget();
    assertThat(peers.isNews(peer, here, source(1))).isTrue();
  }

  @Test
  void oneMachineCannotNamePeersWithoutEnd() {
    assertThat(countNews(1000, 1, 1)).isEqualTo(MdnsPeers.SOURCE_BURST);
    assertThat(peers.isNews(peer, here, source(2))).isTrue();
    pass(Duration.ofSeconds(1));
    assertThat(countNews(1000, 1, 1)).isEqualTo(MdnsPeers.SOURCE_PER_SECOND);
  }

  @Test
  void manyMachinesTogetherCannotEither() {
    assertThat(countNews(5000, 1, 250)).isEqualTo(MdnsPeers.BURST);
    pass(Duration.ofSeconds(1));
    assertThat(countNews(5000, 1, 250)).isEqualTo(MdnsPeers.PER_SECOND);
  }

  private int countNews(int times, int firstSource, int sources) {
    int news = 0;
    for (int i = 0; i < times; i++) {
      InetAddress source = source(firstSource + i % sources);
      if (peers.isNews(peer, addresses(10 + i), source)) {
        news++;
      }
    }
    return news;
  }

  private void pass(Duration time) {
    clock.addAndGet(time.toNanos());
  }

  private static InetAddress source(int number) {
    return InetAddress.ofLiteral("192.0.2." + number);
  }

  private static List<Multiaddr> addresses(int port) {
    return List.of(
        new Multiaddr(
            List.of(
                new Multiaddr.Part("ip4", "192.0.2.1"),
                new Multiaddr.Part("tcp", String.valueOf(port)))));
  }
}
