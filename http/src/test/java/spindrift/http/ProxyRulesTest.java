package spindrift.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProxyRulesTest {
  private static String proxy(Map<String, String> environment, String url) {
    return new ProxyRules(environment).proxy(URI.create(url)).map(URI::toString).orElse("");
  }

  @Test
  void areThoseOfTheEnvironment() {
    Map<String, String> environment =
        Map.of(
            "http_proxy",
            "http://small:1",
            "HTTP_PROXY",
            "http://capital:1",
            "ALL_PROXY",
            "proxy:3128",
            "no_proxy",
            "example.org, .example.net,192.0.2.1");
    assertThat(proxy(environment, "http://a.example")).isEqualTo("http://small:1");
    assertThat(proxy(environment, "https://a.example")).isEqualTo("http://proxy:3128");
    for (String host :
        List.of("example.org", "x.example.org", "x.example.net", "192.0.2.1", "127.0.0.1")) {
      assertThat(proxy(environment, "https://" + host)).as(host).isEmpty();
    }
    assertThat(proxy(environment, "https://notexample.org")).isNotEmpty();
    assertThat(proxy(Map.of("HTTP_PROXY", "http://capital:1"), "http://a.example")).isEmpty();
    assertThat(proxy(Map.of("all_proxy", "socks5://a:1"), "http://a.example")).isEmpty();
    assertThat(proxy(Map.of("all_proxy", "http://a:1", "NO_PROXY", "*"), "http://a.example"))
        .isEmpty();
    assertThat(
            new ProxyRules(Map.of("https_proxy", "http://u:p%40@proxy:1"))
                .login(URI.create("https://a.example")))
        .contains(new Login("u", "p@"));
  }

  /** What curl 8 does with the same. */
  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          '*', a.example, true
          'b.example,*', a.example, false
          '10.0.0.0/8', 10.9.8.7, true
          '10.0.0.0/8', 11.9.8.7, false
          '192.0.2.128/25', 192.0.2.127, false
          '192.0.2.128/25', 192.0.2.129, true
          '10.0.0.0/33', 10.0.0.0, false
          '10.0.0.1', 110.0.0.1, false
          '0.0.1', 10.0.0.1, false
          '[2001:db8::1]', [2001:db8::1], true
          '2001:db8::/32', [2001:db8:7::1], true
          '2001:db8::/32', [2001:db9::1], false
          'example.org.', a.example.org, true
          'example.org', example.org., true
          'EXAMPLE.org', www.Example.ORG, true
          'ample.org', www.example.org, false
          """)
  void sparesWhomCurlSpares(String rules, String host, boolean spared) {
    Map<String, String> environment = Map.of("all_proxy", "http://proxy:1", "no_proxy", rules);
    assertThat(proxy(environment, "http://" + host + "/").isEmpty()).isEqualTo(spared);
  }

  /** Whoever wants a proxy that cannot be used does not want to be seen without it. */
  @ParameterizedTest
  @ValueSource(
      strings = {"socks5h://me:secret@proxy:1080", "https://me:secret@proxy", "http://", "a b"})
  void nothingGoesPastAProxyThatCannotBeUsed(String proxy) throws Exception {
    WebSettings settings = WebSettings.DEFAULTS.withEnvironment(Map.of("all_proxy", proxy));
    try (WebClient client = WebClient.open(settings)) {
      for (String url : List.of("http://cache.invalid/a", "https://cache.invalid/b")) {
        WebRequest request =
            WebRequest.small(URI.create(url), Credentials.none(), Duration.ofSeconds(5));
        assertThatThrownBy(() -> client.get(request))
            .isInstanceOf(IOException.class)
            .hasMessageContaining("only http://HOST:PORT")
            .hasMessageNotContaining("secret");
      }
    }
    new ProxyRules(Map.of("all_proxy", proxy, "no_proxy", "cache.invalid"))
        .requireUsable(URI.create("http://cache.invalid/"));
  }

  @Test
  void areFollowedWithTheProxysLogin() throws Exception {
    List<String> heard = new CopyOnWriteArrayList<>();
    try (ServerSocket proxy = new ServerSocket(0, 9, InetAddress.ofLiteral("127.0.0.1"))) {
      Thread.ofVirtual().start(() -> refuseAll(proxy, heard));
      String address = "http://u:p@127.0.0.1:" + proxy.getLocalPort();
      WebSettings settings =
          WebSettings.DEFAULTS.withEnvironment(
              Map.of("http_proxy", address, "https_proxy", address));
      try (WebClient client = WebClient.open(settings)) {
        for (String url : List.of("http://cache.invalid/a", "https://cache.invalid/b")) {
          WebRequest request =
              WebRequest.small(URI.create(url), Credentials.none(), Duration.ofSeconds(5));
          try (WebAnswer answer = client.get(request)) {
            assertThat(answer.status()).isEqualTo(407);
          } catch (IOException e) {
            assertThat(e).hasMessageContaining("cache.invalid");
          }
        }
      }
    }
    assertThat(heard)
        .contains(
            "GET http://cache.invalid/a HTTP/1.1",
            "CONNECT cache.invalid:443 HTTP/1.1",
            "Proxy-Authorization: Basic dTpw");
    assertThat(heard.stream().filter(line -> line.startsWith("Proxy-Auth")).count()).isEqualTo(2);
  }

  private static void refuseAll(ServerSocket proxy, List<String> heard) {
    try {
      while (true) {
        try (Socket client = proxy.accept()) {
          BufferedReader in =
              new BufferedReader(
                  new InputStreamReader(client.getInputStream(), StandardCharsets.ISO_8859_1));
          for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
            heard.add(line);
          }
          client
              .getOutputStream()
              .write(
                  "HTTP/1.1 407 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                      .getBytes(StandardCharsets.ISO_8859_1));
        }
      }
    } catch (IOException e) {
      // It is closed.
    }
  }
}
