package spindrift.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ProxyCheckupTest {
  private static String found(Map<String, String> variables) {
    List<Finding> findings = new ArrayList<>();
    new ProxyCheckup(variables).run(findings::add);
    return findings.toString();
  }

  @Test
  void saysWhenNixWouldNotReachTheNode() {
    assertThat(found(Map.of())).isEqualTo("[]");
    assertThat(found(Map.of("http_proxy", "http://me:secret@proxy:3128")))
        .contains("would ask the proxy http://proxy:3128")
        .doesNotContain("secret");
    for (String login : List.of("me:secret@", "me:se//secret@", "me:a@secret@", "me:x://secret@")) {
      assertThat(found(Map.of("http_proxy", login + "proxy:3128")))
          .contains("would ask the proxy proxy:3128")
          .doesNotContain("secret");
    }
    assertThat(found(Map.of("http_proxy", "http://proxy:3128", "no_proxy", "127.0.0.1")))
        .contains("not used for this machine's own addresses")
        .doesNotContain("cannot");
  }

  @Test
  void saysWhichProxiesTheNodeCannotUse() {
    assertThat(found(Map.of("all_proxy", "socks5h://me:secret@proxy:1080", "no_proxy", "*")))
        .contains("all_proxy names a proxy that is spoken to by socks5h")
        .doesNotContain("secret");
    assertThat(found(Map.of("HTTPS_PROXY", "https://proxy"))).contains("HTTPS_PROXY", "by https,");
    assertThat(found(Map.of("https_proxy", "proxy:3128"))).isEqualTo("[]");
    assertThat(found(Map.of("https_proxy", "HTTP://proxy:3128"))).isEqualTo("[]");
  }
}
