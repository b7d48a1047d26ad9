package spindrift.http;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Which requests go through a proxy, by the variables of the environment that curl reads, and so
 * Nix: {@code http_proxy}, {@code https_proxy}, {@code all_proxy}, {@code no_proxy}, in small
 * letters before capitals; the first in small letters only, since whoever asks a CGI program may
 * set it in capitals. This machine itself is asked directly.
 */
final class ProxyRules extends ProxySelector {
  private static final System.Logger LOG = System.getLogger(ProxyRules.class.getName());
  private static final List<Proxy> DIRECT = List.of(Proxy.NO_PROXY);

  private final Map<String, String> environment;
  private final NoProxy without;
  private final boolean isNamed;

  ProxyRules(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
    this.without = NoProxy.parse(variable("no_proxy"));
    this.isNamed =
        Stream.of("http_proxy", "https_proxy", "all_proxy")
            .anyMatch(name -> !variable(name).isEmpty());
  }

  /** The proxy for a URL, with the login that it wants; empty when it is asked for directly. */
  Optional<URI> proxy(URI url) {
    return usable(named(url));
  }

  /**
   * Why a URL cannot be asked for: who names a proxy does not want to be seen without it.
   *
   * @throws IOException when the proxy for it is none that can be used; its text is not told, which
   *     may have a password in it
   */
  void requireUsable(URI url) throws IOException {
    String text = named(url);
    if (!text.isEmpty() && usable(text).isEmpty()) {
      int end = text.indexOf("://");
      throw new IOException(
          "the proxy for "
              + url.getScheme()
              + "://"
              + url.getHost()
              + (end < 0 ? " is no address" : " is spoken to by " + text.substring(0, end))
              + "; only http://HOST:PORT can be used");
    }
  }

  private static Optional<URI> usable(String text) {
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      URI proxy = URI.create(text.contains("://") ? text : "http://" + text);
      return Optional.of(proxy)
          .filter(uri -> uri.getHost() != null && "http".equalsIgnoreCase(uri.getScheme()));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** What the variables say of a URL; blank where it is asked for directly. */
  private String named(URI url) {
    if (!isNamed) {
      return "";
    }
    String host = url.getHost() == null ? "" : url.getHost().toLowerCase(Locale.ROOT);
    if (exempt(host)) {
      return "";
    }
    String own = variable(url.getScheme() + "_proxy");
    return own.isEmpty() ? variable("all_proxy") : own;
  }

  /** The login for the proxy through which a URL is asked for. */
  Optional<Login> login(URI url) {
    return proxy(url)
        .flatMap(proxy -> Optional.ofNullable(proxy.getRawUserInfo()))
        .map(ProxyRules::login);
  }

  private static Login login(String info) {
    int colon = info.indexOf(':');
    return new Login(
        decoded(colon < 0 ? info : info.substring(0, colon)),
        decoded(colon < 0 ? "" : info.substring(colon + 1)));
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  private static int port(URI proxy) {
    return proxy.getPort() < 0 ? 1080 : proxy.getPort();
  }

  @Override
  public List<Proxy> select(URI uri) {
    return proxy(uri)
        .map(
            proxy ->
                new Proxy(Proxy.Type.HTTP, new InetSocketAddress(proxy.getHost(), port(proxy))))
        .map(List::of)
        .orElse(DIRECT);
  }

  @Override
  public void connectFailed(URI uri, SocketAddress address, IOException failure) {
    LOG.log(Level.DEBUG, "no-proxy host={0} why={1}", uri.getHost(), failure.getMessage());
  }

  private boolean exempt(String host) {
    String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    return bare.equals("localhost")
        || bare.equals("::1")
        || bare.startsWith("127.")
        || without.spares(bare);
  }

  private String variable(String name) {
    String small = environment.getOrDefault(name, "");
    return small.isEmpty() && !name.equals("http_proxy")
        ? environment.getOrDefault(name.toUpperCase(Locale.ROOT), "")
        : small;
  }
}
