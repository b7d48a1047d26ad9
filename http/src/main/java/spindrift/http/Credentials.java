package spindrift.http;

import java.net.URI;
import java.util.Locale;
import java.util.Optional;

/**
 * What a server gets to know who asks: a bearer token, a login of its own, or that of a netrc file,
 * in this order. Only the origin that they are for gets them.
 */
public final class Credentials {
  private final URI origin;
  private final Optional<String> authorization;

  private Credentials(URI origin, Optional<String> authorization) {
    this.origin = origin;
    this.authorization = authorization;
  }

  /**
   * Those for one origin.
   *
   * @param origin a URL of it
   */
  public static Credentials of(
      URI origin, Optional<String> bearerToken, Optional<Login> login, Netrc netrc) {
    return new Credentials(
        origin,
        bearerToken
            .map(token -> "Bearer " + token)
            .or(() -> login.or(() -> netrc.login(origin.getHost())).map(Login::basic)));
  }

  /** None at all. */
  public static Credentials none() {
    return new Credentials(URI.create("none:"), Optional.empty());
  }

  /** The value of {@code Authorization} for a URL. */
  Optional<String> authorization(URI url) {
    return authorization.filter(value -> sameOrigin(origin, url));
  }

  /** Whether two URLs have scheme, host and port in common. */
  static boolean sameOrigin(URI one, URI other) {
    return origin(one).equals(origin(other));
  }

  private static String origin(URI url) {
    int port = url.getPort() >= 0 ? url.getPort() : "https".equals(url.getScheme()) ? 443 : 80;
    return (url.getScheme() + "://" + url.getHost() + ":" + port).toLowerCase(Locale.ROOT);
  }
}
