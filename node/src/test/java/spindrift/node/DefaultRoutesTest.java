package spindrift.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DefaultRoutesTest {
  private static final String IP4 =
      """
      Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
      eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
      eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
      """;
  private static final String IP6 =
      """
      fe800000000000000000000000000000 40 00000000000000000000000000000000 00 \
      00000000000000000000000000000000 00000100 00000002 00000000 00000001     eth0
      00000000000000000000000000000000 00 00000000000000000000000000000000 00 \
      fd000000000000000000000000000001 00000400 00000002 00000000 00000003     eth0
      00000000000000000000000000000000 00 00000000000000000000000000000000 00 \
      00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo
      """;

  @TempDir Path directory;

  @Test
  void readsWhereTheWayOutLeads() throws IOException {
    Path ip4 = Files.writeString(directory.resolve("route"), IP4);
    Path ip6 = Files.writeString(directory.resolve("ipv6_route"), IP6);
    assertThat(new DefaultRoutes(ip4, ip6).read())
        .containsExactlyInAnyOrder(
            "default eth0 010200C0", "default eth0 fd000000000000000000000000000001");
  }

  @Test
  void knowsNoneWhereNothingIsListed() throws IOException {
    Path odd = Files.writeString(directory.resolve("odd"), "\n00000000 00000000\nx\n");
    assertThat(new DefaultRoutes(directory.resolve("none"), odd).read()).isEmpty();
  }
}
