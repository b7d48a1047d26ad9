package spindrift.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlInvalidTypeException;
import org.tomlj.TomlParseResult;
import spindrift.base.ConfigException;
import spindrift.catalog.TrustRule;
import spindrift.node.NodeConfig.Uploaders;
import spindrift.substitute.LookupSettings.LookAhead;

/**
 * A configuration file in TOML: the settings of {@code spindrift up}. Paths in it are relative to
 * the folder that it is in.
 */
final class ConfigFile {
  /** Takes a value into a configuration. */
  @FunctionalInterface
  private interface Change<T> {
    NodeConfig apply(NodeConfig config, T value) throws ConfigException;
  }

  /** What stands behind a key. */
  @FunctionalInterface
  private interface Setting {
    NodeConfig read(NodeConfig config, TomlParseResult toml, String key) throws ConfigException;
  }

  private static final Set<String> TABLES = Set.of("p2p", "trust", "share", "sources", "fetch");

  private final Path file;

  private final Map<String, Setting> keys =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("listen", text(NodeConfig::withListen)),
              Map.entry("data", text((config, path) -> config.withData(beside(path)))),
              Map.entry("store", text(NodeConfig::withStore)),
              Map.entry("writable", truth((config, yes) -> config.withUploads(uploaders(yes)))),
              Map.entry("sign-key", text((config, path) -> config.withSignKey(beside(path)))),
              Map.entry("quota", amount(NodeConfig::withQuota)),
              Map.entry(PeerSettings.LISTEN_KEY, texts(NodeConfig::withP2pListen)),
              Map.entry(PeerSettings.PEERS_KEY, texts(NodeConfig::withMorePeers)),
              Map.entry("p2p.mdns", truth((config, yes) -> config.withDiscovery(discovery(yes)))),
              Map.entry(PeerSettings.UPLOAD_LIMIT_KEY, amount(NodeConfig::withUploadLimit)),
              Map.entry(UpstreamSettings.UPSTREAMS_KEY, this::upstreams),
              Map.entry(UpstreamSettings.GATEWAYS_KEY, texts(NodeConfig::withMoreGateways)),
              Map.entry(
                  "keep",
                  truth(
                      (config, yes) ->
                          config.withKeeping(
                              yes ? FetchOptions.Keeping.KEPT : FetchOptions.Keeping.PASSED_ON))),
              Map.entry(FetchOptions.SPOOL_KEY, fetching(FetchOptions::withSpool)),
              Map.entry(FetchOptions.PREFETCH_KEY, fetching(FetchOptions::withPrefetch)),
              Map.entry(FetchOptions.DEADLINE_KEY, fetching(FetchOptions::withDeadline)),
              Map.entry(FetchOptions.ABSENCE_KEY, fetching(FetchOptions::withAbsence)),
              Map.entry(
                  "fetch.look-ahead",
                  truth(
                      (config, yes) ->
                          config.withFetching(
                              config
                                  .fetching()
                                  .withLookAhead(yes ? LookAhead.ON : LookAhead.OFF)))),
              Map.entry("ca-file", text((config, path) -> config.withCaFile(beside(path)))),
              Map.entry("trust.keys", texts(NodeConfig::withMoreTrustedKeys)),
              Map.entry(
                  "trust.defaults",
                  truth((config, yes) -> config.withTrustedDefaults(defaults(yes)))),
              Map.entry(RuleSettings.QUORUM_KEY, amount(NodeConfig::withQuorum)),
              Map.entry(RuleSettings.RULE_KEY, ConfigFile::rules),
              Map.entry("sources.mirrors", texts(NodeConfig::withMoreMirrors)),
              Map.entry("share.keys", texts(NodeConfig::withMoreShareKeys)),
              Map.entry(
                  "share.defaults",
                  truth((config, yes) -> config.withShareDefaults(defaults(yes))))));

  private ConfigFile(Path file) {
    this.file = file;
  }

  /** A configuration with what a file says. */
  static NodeConfig read(Path file, NodeConfig config) throws ConfigException {
    return new ConfigFile(file).read(config);
  }

  private NodeConfig read(NodeConfig config) throws ConfigException {
    TomlParseResult toml = parse();
    for (String key : toml.dottedKeySet(true)) {
      boolean known = keys.containsKey(key) || (TABLES.contains(key) && toml.isTable(key));
      if (!known) {
        throw new ConfigException(
            file + ": unknown key " + key + "; did you mean " + nearest(key) + "?");
      }
    }
    NodeConfig result = config;
    try {
      for (Map.Entry<String, Setting> entry : keys.entrySet()) {
        if (toml.contains(entry.getKey())) {
          result = entry.getValue().read(result, toml, entry.getKey());
        }
      }
    } catch (TomlInvalidTypeException e) {
      throw new ConfigException(file + ": " + e.getMessage());
    }
    return result;
  }

  private TomlParseResult parse() throws ConfigException {
    if (!Files.isReadable(file)) {
      throw new ConfigException("config", file.toString(), "no such file, or not readable");
    }
    try {
      TomlParseResult toml = Toml.parse(file);
      if (toml.hasErrors()) {
        throw new ConfigException(file + ": " + toml.errors().getFirst().toString());
      }
      return toml;
    } catch (IOException e) {
      throw new ConfigException("config", file.toString(), "cannot be read: " + e.getMessage());
    }
  }

  /** The known key that is most like a mistyped one. */
  private String nearest(String key) {
    return keys.keySet().stream()
        .min(Comparator.comparingInt(known -> distance(known, key)))
        .orElseThrow();
  }

  /** Letters to add, remove or replace to make one text of the other. */
  private static int distance(String from, String to) {
    int[] row = new int[to.length() + 1];
    for (int j = 0; j <= to.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= from.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= to.length(); j++) {
        int replaced = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[to.length()];
  }

  private static Setting text(Change<String> change) {
    return (config, toml, key) -> change.apply(config, String.valueOf(toml.getString(key)));
  }

  private static Setting truth(Change<Boolean> change) {
    return (config, toml, key) -> change.apply(config, Boolean.TRUE.equals(toml.getBoolean(key)));
  }

  /** A number with its unit in a text, or a bare one. */
  private static Setting amount(Change<String> change) {
    return (config, toml, key) -> change.apply(config, String.valueOf(toml.get(key)));
  }

  /** Takes a value into how things are fetched. */
  @FunctionalInterface
  private interface FetchChange {
    FetchOptions apply(FetchOptions options, String value) throws ConfigException;
  }

  private static Setting fetching(FetchChange change) {
    return amount((config, value) -> config.withFetching(change.apply(config.fetching(), value)));
  }

  /** Several texts, or one that needs no brackets. */
  private static Setting texts(Change<List<String>> change) {
    return (config, toml, key) -> {
      if (toml.isString(key)) {
        return change.apply(config, List.of(String.valueOf(toml.getString(key))));
      }
      List<String> texts = new ArrayList<>();
      TomlArray array = toml.getArrayOrEmpty(key);
      for (int i = 0; i < array.size(); i++) {
        texts.add(array.getString(i));
      }
      return change.apply(config, texts);
    };
  }

  private static NodeConfig rules(NodeConfig config, TomlParseResult toml, String key)
      throws ConfigException {
    List<TrustRule> rules = new ArrayList<>();
    TomlArray tables = toml.getArrayOrEmpty(key);
    for (int i = 0; i < tables.size(); i++) {
      rules.add(RuleTable.read(key + " " + (i + 1), tables.getTable(i)));
    }
    return config.withMoreTrustRules(rules);
  }

  /** One URL or several, or tables. */
  private NodeConfig upstreams(NodeConfig config, TomlParseResult toml, String key)
      throws ConfigException {
    return toml.isString(key)
        ? config.withMoreUpstreams(List.of(String.valueOf(toml.getString(key))))
        : config.withMoreListed(UpstreamTable.read(toml.getArrayOrEmpty(key), file));
  }

  private Path beside(String path) {
    return file.toAbsolutePath().resolveSibling(path);
  }

  private static Uploaders uploaders(boolean writable) {
    return writable ? Uploaders.ANYBODY : Uploaders.WITH_TOKEN;
  }

  private static PeerSettings.Discovery discovery(boolean mdns) {
    return mdns ? PeerSettings.Discovery.MDNS : PeerSettings.Discovery.OFF;
  }

  private static KeySettings.Defaults defaults(boolean kept) {
    return kept ? KeySettings.Defaults.KEPT : KeySettings.Defaults.DROPPED;
  }
}
