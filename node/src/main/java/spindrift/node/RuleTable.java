package spindrift.node;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.tomlj.TomlArray;
import org.tomlj.TomlInvalidTypeException;
import org.tomlj.TomlTable;
import spindrift.base.ConfigException;
import spindrift.base.MalformedDataException;
import spindrift.catalog.PathPattern;
import spindrift.catalog.TrustRule;
import spindrift.catalog.TrustRule.Accept;
import spindrift.nix.PublicKey;

/** A table {@code [[trust.rule]]} of the configuration file. */
final class RuleTable {
  private static final List<String> KEYS = List.of("paths", "upstream", "keys", "quorum", "accept");

  private static final Map<String, Accept> ACCEPTS =
      new TreeMap<>(
          Map.of(
              "any", Accept.ANY,
              "signed", Accept.SIGNED,
              "content-addressed", Accept.CONTENT_ADDRESSED,
              "none", Accept.NONE));

  private final String name;
  private final TomlTable table;

  private RuleTable(String name, TomlTable table) {
    this.name = name;
    this.table = table;
  }

  /**
   * Reads a rule.
   *
   * @param name how people are told of it
   */
  static TrustRule read(String name, TomlTable table) throws ConfigException {
    try {
      return new RuleTable(name, table).read();
    } catch (TomlInvalidTypeException e) {
      throw new ConfigException(name + ": " + e.getMessage());
    }
  }

  private TrustRule read() throws ConfigException {
    for (String key : table.keySet()) {
      if (!KEYS.contains(key)) {
        throw new ConfigException(
            name + ": unknown key " + key + "; it may have " + String.join(", ", KEYS));
      }
    }
    Optional<PathPattern> paths = paths();
    Optional<String> upstream = text("upstream");
    if (upstream.isPresent() && !upstream.get().matches("[a-zA-Z0-9+.-]+://\\S+|file:\\S+")) {
      throw new ConfigException(
          setting("upstream"), upstream.get(), "want the URL of an upstream, as it stands there");
    }
    if (paths.isEmpty() && upstream.isEmpty()) {
      throw new ConfigException(
          name + ": wants 'paths' or 'upstream'; what holds for everything is in [trust]");
    }
    Object quorum = table.get("quorum");
    return new TrustRule(
        name,
        paths,
        upstream,
        table.contains("keys") ? Optional.of(keys()) : Optional.empty(),
        quorum == null
            ? OptionalInt.empty()
            : OptionalInt.of(RuleSettings.quorum(setting("quorum"), String.valueOf(quorum))),
        accept());
  }

  private Optional<PathPattern> paths() throws ConfigException {
    Optional<String> text = text("paths");
    try {
      return text.isEmpty() ? Optional.empty() : Optional.of(PathPattern.parse(text.get()));
    } catch (MalformedDataException e) {
      throw new ConfigException(
          setting("paths"),
          text.orElse(""),
          "want names with * and ?, such as *-linux-*, or a whole store path ("
              + e.getMessage()
              + ")");
    }
  }

  private List<PublicKey> keys() throws ConfigException {
    List<String> texts = new ArrayList<>();
    if (table.isString("keys")) {
      texts.add(String.valueOf(table.getString("keys")));
    } else {
      TomlArray array = table.getArrayOrEmpty("keys");
      for (int i = 0; i < array.size(); i++) {
        texts.add(array.getString(i));
      }
    }
    return KeySettings.parse(setting("keys"), texts);
  }

  private Accept accept() throws ConfigException {
    String text = text("accept").orElse("any");
    Accept accept = ACCEPTS.get(text.toLowerCase(Locale.ROOT));
    if (accept == null) {
      throw new ConfigException(
          setting("accept"), text, "want one of " + String.join(", ", ACCEPTS.keySet()));
    }
    return accept;
  }

  private Optional<String> text(String key) {
    return Optional.ofNullable(table.getString(key));
  }

  private String setting(String key) {
    return name + " " + key;
  }
}
