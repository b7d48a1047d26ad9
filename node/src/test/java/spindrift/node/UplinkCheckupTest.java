package spindrift.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class UplinkCheckupTest {
  private static final String HEAD = "Iface Destination Gateway Flags RefCnt Use Metric Mask\n";
  private static final String ROUTE = "eth0 00000000 0100A8C0 0003 0 0 0 00000000 0 0 0\n";
  @TempDir Path folder;

  private String found() {
    DefaultRoutes routes = new DefaultRoutes(folder.resolve("ip4"), folder.resolve("ip6"));
    List<Finding> findings = new ArrayList<>();
    new UplinkCheckup(routes, folder).run(findings::add);
    return findings.toString();
  }

  private void write(String name, String text) throws IOException {
    Files.createDirectories(folder.resolve(name).getParent());
    Files.writeString(folder.resolve(name), text);
  }

  @Test
  void tellsWhetherThereIsAWayOut() throws Exception {
    assertThat(found()).as("another system").isEqualTo("[]");
    write("ip4", HEAD);
    assertThat(found()).contains("no route leads out");
    write("ip4", HEAD + ROUTE);
    assertThat(found()).contains("the way out is eth0").doesNotContain("carrier");
    write("eth0/carrier", "1\n");
    assertThat(found()).doesNotContain("carrier");
    write("eth0/carrier", "0\n");
    assertThat(found()).contains("eth0, which has no carrier");
    write("ip4", HEAD + ROUTE + ROUTE.replace("eth0", "wlan0"));
    assertThat(found()).contains("the way out is wlan0").doesNotContain("carrier");
  }
}
