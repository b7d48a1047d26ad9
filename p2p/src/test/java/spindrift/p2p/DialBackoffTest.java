package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class DialBackoffTest {
  private static final Multiaddr ADDRESS = IdentifyVectors.FIRST;

  private long now = Long.MAX_VALUE - 7;
  private final DialBackoff backoff = new DialBackoff(() -> now);

  @Test
  void waitsTwiceAsLongAfterEachFailureUpToALimit() {
    Duration pause = DialBackoff.FIRST;
    for (int i = 0; i < 12; i++) {
      assertThat(backoff.allows(ADDRESS)).isTrue();
      backoff.failed(ADDRESS);
      now += pause.toNanos() - 1;
      assertThat(backoff.allows(ADDRESS)).isFalse();
      now++;
      pause = pause.multipliedBy(2);
      if (pause.compareTo(DialBackoff.LONGEST) > 0) {
        pause = DialBackoff.LONGEST;
      }
    }
  }

  @Test
  void otherAddressesAreNotConcerned() {
    backoff.failed(ADDRESS);
    assertThat(backoff.allows(IdentifyVectors.SECOND)).isTrue();
  }

  @Test
  void successEndsIt() {
    backoff.failed(ADDRESS);
    backoff.forget(ADDRESS);
    assertThat(backoff.allows(ADDRESS)).isTrue();
  }

  @Test
  void anotherNetworkEndsItForAll() {
    backoff.failed(ADDRESS);
    backoff.failed(IdentifyVectors.SECOND);
    backoff.forgetAll();
    assertThat(backoff.allows(ADDRESS)).isTrue();
    assertThat(backoff.allows(IdentifyVectors.SECOND)).isTrue();
  }

  @Test
  void remembersSoManyAndNoMore() {
    for (int i = 0; i <= DialBackoff.MAX_REMEMBERED; i++) {
      backoff.failed(TestHosts.multiaddr("/ip4/192.0.2.1/tcp/" + (i + 1)));
    }
    assertThat(backoff.allows(TestHosts.multiaddr("/ip4/192.0.2.1/tcp/1"))).isTrue();
    assertThat(backoff.allows(TestHosts.multiaddr("/ip4/192.0.2.1/tcp/2"))).isFalse();
  }
}
