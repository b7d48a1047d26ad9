package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CarriersTest {
  @TempDir Path cards;

  @Test
  void areCountedAsLinuxDoes() throws Exception {
    Carriers carriers = new Carriers(cards);
    assertThat(carriers.plugged("eth0")).as("no such card").isZero();
    Path count = Files.createDirectory(cards.resolve("eth0")).resolve("carrier_up_count");
    Files.writeString(count, "17\n");
    assertThat(carriers.plugged("eth0")).isEqualTo(17);
    Files.writeString(count, "many\n");
    assertThat(carriers.plugged("eth0")).isZero();
  }
}
