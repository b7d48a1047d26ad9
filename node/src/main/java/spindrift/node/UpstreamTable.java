package spindrift.node;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.tomlj.TomlArray;
import org.tomlj.TomlTable;
import spindrift.base.ConfigException;
import spindrift.node.UpstreamSettings.Listed;
import spindrift.upstream.UpstreamAccess;

/** One table {@code [[upstreams]]} of a configuration file. */
final class UpstreamTable {
  private static final String URL = "url";
  private static final String PRIORITY = "priority";
  private static final String NETRC = "netrc";
  private static final String TOKEN = "bearer-token-file";
  private static final String CERTIFICATE = "tls-certificate";
  private static final String PRIVATE_KEY = "tls-private-key";
  private static final String KEYS = "keys";
  private static final Set<String> KNOWN =
      new TreeSet<>(Set.of(URL, PRIORITY, NETRC, TOKEN, CERTIFICATE, PRIVATE_KEY, KEYS));

  private final TomlTable table;
  private final Path file;

  private UpstreamTable(TomlTable table, Path file) {
    this.table = table;
    this.file = file;
  }

  /**
   * The upstreams in an array of which each member is a URL or a table.
   *
   * @param file the configuration's
   */
  static List<Listed> read(TomlArray array, Path file) throws ConfigException {
    List<Listed> listed = new ArrayList<>();
    for (int i = 0; i < array.size(); i++) {
      switch (array.get(i)) {
        case String url ->
            listed.add(new Listed(UpstreamAccess.of(UpstreamSettings.url(url)), List.of()));
        case TomlTable table -> listed.add(new UpstreamTable(table, file).listed());
        default ->
            throw new ConfigException(
                UpstreamSettings.UPSTREAMS_KEY + ": want URLs in quotes, or tables");
      }
    }
    return listed;
  }

  private Listed listed() throws ConfigException {
    for (String key : table.dottedKeySet(true)) {
      if (!KNOWN.contains(key)) {
        throw new ConfigException(
            file + ": unknown key " + key(key) + "; want one of " + String.join(", ", KNOWN));
      }
    }
    String url = table.getString(URL);
    if (url == null) {
      throw new ConfigException(file + ": no " + key(URL));
    }
    if (path(PRIVATE_KEY).isPresent() && path(CERTIFICATE).isEmpty()) {
      throw new ConfigException(file + ": " + key(PRIVATE_KEY) + " without " + key(CERTIFICATE));
    }
    UpstreamAccess access =
        new UpstreamAccess(
            UpstreamSettings.url(url),
            priority(),
            path(NETRC),
            path(TOKEN),
            path(CERTIFICATE),
            path(PRIVATE_KEY));
    return new Listed(access, keys());
  }

  private OptionalInt priority() throws ConfigException {
    @Nullable Long number = table.getLong(PRIORITY);
    if (number != null && (number < 0 || number > Integer.MAX_VALUE)) {
      throw new ConfigException(key(PRIORITY), String.valueOf(number), "want 0 or more");
    }
    return number == null ? OptionalInt.empty() : OptionalInt.of(number.intValue());
  }

  private Optional<Path> path(String key) {
    return Optional.ofNullable(table.getString(key))
        .map(path -> file.toAbsolutePath().resolveSibling(path));
  }

  private List<String> keys() {
    if (table.isString(KEYS)) {
      return List.of(String.valueOf(table.getString(KEYS)));
    }
    TomlArray array = table.getArrayOrEmpty(KEYS);
    List<String> keys = new ArrayList<>();
    for (int i = 0; i < array.size(); i++) {
      keys.add(array.getString(i));
    }
    return keys;
  }

  private static String key(String key) {
    return UpstreamSettings.UPSTREAMS_KEY + "." + key;
  }
}
