package spindrift.upstream;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import spindrift.base.Excerpt;
import spindrift.base.MalformedDataException;
import spindrift.http.Login;

/**
 * Where an upstream is, as Nix writes it in {@code substituters}: {@code https://host/folder},
 * {@code http://…}, {@code file:///folder}, or the absolute path of a folder, each with {@code
 * ?priority=N} if need be.
 *
 * @param base without user, password and query, and without a slash at the end
 * @param login where the URL has a user and a password
 */
public record UpstreamUrl(URI base, Optional<Login> login, OptionalInt priority) {
  private static final String FORMAT = "URL of an upstream";

  /** Ours: bytes of a URL; real ones have some dozens. */
  private static final int MAX_SIZE = 4096;

  /**
   * What Nix knows, too, and what makes no difference to one that only reads, and keeps a cache.
   */
  private static final Set<String> IGNORED =
      Set.of(
          "compression",
          "compression-level",
          "index-debug-info",
          "local-nar-cache",
          "parallel-compression",
          "path-info-cache-size",
          "secret-key",
          "secret-keys",
          "store",
          "system-features",
          "want-mass-query",
          "write-nar-listing");

  /** Reads one. Messages have no passwords. */
  public static UpstreamUrl parse(String text) throws MalformedDataException {
    String stripped = text.strip();
    int query = stripped.indexOf('?');
    String address = query < 0 ? stripped : stripped.substring(0, query);
    OptionalInt priority =
        query < 0 ? OptionalInt.empty() : priority(stripped.substring(query + 1));
    if (stripped.length() > MAX_SIZE) {
      throw malformed("longer than " + MAX_SIZE + " characters");
    }
    return address.startsWith("/")
        ? new UpstreamUrl(folder(address), Optional.empty(), priority)
        : parse(uri(address), priority);
  }

  private static UpstreamUrl parse(URI uri, OptionalInt priority) throws MalformedDataException {
    String scheme = uri.getScheme() == null ? "" : uri.getScheme();
    if (scheme.equals("file")) {
      if (uri.getPath() == null || !uri.getPath().startsWith("/") || uri.getHost() != null) {
        throw malformed("want file:///FOLDER");
      }
      return new UpstreamUrl(folder(uri.getPath()), Optional.empty(), priority);
    }
    if (!scheme.equals("http") && !scheme.equals("https")) {
      throw malformed(
          "cannot be asked for "
              + Excerpt.of(scheme, 16)
              + "://; want https://, http://, file:// or the path of a folder");
    }
    if (uri.getHost() == null || uri.getFragment() != null) {
      throw malformed("no host in it, or something behind a #");
    }
    String port = uri.getPort() < 0 ? "" : ":" + uri.getPort();
    String path = uri.getRawPath().replaceFirst("/+$", "");
    URI base = uri(scheme + "://" + uri.getHost() + port + path);
    return new UpstreamUrl(base, login(uri.getRawUserInfo()), priority);
  }

  /** Whether it is a folder on this machine. */
  public boolean isFolder() {
    return base.getScheme().equals("file");
  }

  /** The folder on this machine. */
  Path folder() {
    return Path.of(base.getPath());
  }

  /** What it is called: the URL without user, password and query. */
  public String name() {
    return base.toString();
  }

  private static URI folder(String path) {
    return URI.create(
        "file://" + Path.of(path).normalize().toUri().getRawPath().replaceFirst("(?<=.)/+$", ""));
  }

  private static URI uri(String text) throws MalformedDataException {
    try {
      return URI.create(text);
    } catch (IllegalArgumentException e) {
      throw malformed("not a URL");
    }
  }

  private static Optional<Login> login(@Nullable String rawUserInfo) {
    if (rawUserInfo == null) {
      return Optional.empty();
    }
    int colon = rawUserInfo.indexOf(':');
    String user = colon < 0 ? rawUserInfo : rawUserInfo.substring(0, colon);
    String password = colon < 0 ? "" : rawUserInfo.substring(colon + 1);
    return Optional.of(new Login(decoded(user), decoded(password)));
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  private static OptionalInt priority(String query) throws MalformedDataException {
    OptionalInt priority = OptionalInt.empty();
    for (String setting : query.split("&", -1)) {
      String name = setting.replaceFirst("=.*", "");
      if (name.equals("priority")) {
        priority = OptionalInt.of(number(setting.substring(setting.indexOf('=') + 1)));
      } else if (name.equals("trusted")) {
        throw malformed(
            "?trusted= is not for a node: nothing is taken unsigned; name the cache's key instead");
      } else if (!IGNORED.contains(name) && !name.isEmpty()) {
        throw malformed("?" + Excerpt.of(name, 32) + "= is unknown");
      }
    }
    return priority;
  }

  private static int number(String text) throws MalformedDataException {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw malformed("?priority= wants a number");
    }
  }

  private static MalformedDataException malformed(String why) {
    return new MalformedDataException(FORMAT, -1, why);
  }
}
