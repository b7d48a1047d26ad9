package spindrift.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ProcessLinkTest {
  @Test
  void silentDaemonsLeaveVirtualThreadsTheirCarriers() throws Exception {
    List<ProcessLink> links = new ArrayList<>();
    try {
      for (int i = 0; i < Runtime.getRuntime().availableProcessors() + 2; i++) {
        links.add(ProcessLink.start(List.of("sleep", "60")));
      }
      CountDownLatch ran = new CountDownLatch(100);
      for (int i = 0; i < 100; i++) {
        Thread.ofVirtual().start(ran::countDown);
      }
      assertThat(ran.await(20, TimeUnit.SECONDS)).isTrue();
    } finally {
      for (ProcessLink link : links) {
        link.close();
      }
    }
  }
}
