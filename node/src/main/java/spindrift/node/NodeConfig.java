package spindrift.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.tomlj.Toml;
import org.tomlj.TomlInvalidTypeException;
import org.tomlj.TomlParseResult;
import spindrift.base.ConfigException;

/**
 * What a node is told by its configuration file and command line.
 *
 * @param host where HTTP listens
 * @param port where HTTP listens, 0…65535; 0 takes a free one
 * @param data the data directory
 * @param store {@code auto}, {@code none}, a chroot store's directory or {@code unix:PATH}
 * @param uploads who may push
 * @param signKey a file with a secret key in Nix's format
 * @param quota bytes that kept blocks may take
 */
public record NodeConfig(
    String host,
    int port,
    Path data,
    String store,
    Uploaders uploads,
    Optional<Path> signKey,
    OptionalLong quota) {

  /** Who may push to the node. */
  public enum Uploaders {
    /** Whoever sends the token in the data directory. */
    WITH_TOKEN,
    /** Whoever reaches the port. */
    ANYBODY
  }

  public static final String DEFAULT_LISTEN = "127.0.0.1:7745";
  private static final Set<String> KEYS =
      Set.of("listen", "data", "store", "writable", "sign-key", "quota");

  /** The defaults, with the data directory where this machine's user would look for it. */
  public static NodeConfig defaults() {
    return new NodeConfig(
        "127.0.0.1",
        7745,
        defaultData(System.getenv(), System.getProperty("user.name", "")),
        "auto",
        Uploaders.WITH_TOKEN,
        Optional.empty(),
        OptionalLong.empty());
  }

  static Path defaultData(Map<String, String> environment, String user) {
    String own = environment.get("SPINDRIFT_DATA");
    if (own != null && !own.isEmpty()) {
      return Path.of(own);
    }
    if (user.equals("root")) {
      return Path.of("/var/lib/spindrift");
    }
    String xdg = environment.get("XDG_DATA_HOME");
    Path base =
        xdg != null && !xdg.isEmpty()
            ? Path.of(xdg)
            : Path.of(System.getProperty("user.home", "."), ".local", "share");
    return base.resolve("spindrift");
  }

  /** This configuration with what a TOML file says. */
  public NodeConfig withFile(Path file) throws ConfigException {
    if (!Files.isReadable(file)) {
      throw new ConfigException("config", file.toString(), "no such file, or not readable");
    }
    TomlParseResult toml = parse(file);
    if (toml.hasErrors()) {
      throw new ConfigException(file + ": " + toml.errors().getFirst().toString());
    }
    for (String key : toml.keySet()) {
      if (!KEYS.contains(key)) {
        throw new ConfigException(
            file + ": unknown key " + key + "; known are " + KEYS.stream().sorted().toList());
      }
    }
    try {
      return withSettings(file, toml);
    } catch (TomlInvalidTypeException e) {
      throw new ConfigException(file + ": " + e.getMessage());
    }
  }

  private static TomlParseResult parse(Path file) throws ConfigException {
    try {
      return Toml.parse(file);
    } catch (IOException e) {
      throw new ConfigException("config", file.toString(), "cannot be read: " + e.getMessage());
    }
  }

  private NodeConfig withSettings(Path file, TomlParseResult toml) throws ConfigException {
    NodeConfig config = this;
    String listen = toml.getString("listen");
    if (listen != null) {
      config = config.withListen(listen);
    }
    String data = toml.getString("data");
    if (data != null) {
      config = config.withData(beside(file, data));
    }
    String store = toml.getString("store");
    if (store != null) {
      config = config.withStore(store);
    }
    Boolean writable = toml.getBoolean("writable");
    if (writable != null) {
      config = config.withUploads(writable ? Uploaders.ANYBODY : Uploaders.WITH_TOKEN);
    }
    String signKey = toml.getString("sign-key");
    if (signKey != null) {
      config = config.withSignKey(beside(file, signKey));
    }
    Object quota = toml.get("quota");
    if (quota != null) {
      config = config.withQuota(quota.toString());
    }
    return config;
  }

  private static Path beside(Path file, String path) {
    return file.toAbsolutePath().resolveSibling(path);
  }

  /** With {@code HOST:PORT}; an IPv6 address is in brackets. */
  public NodeConfig withListen(String listen) throws ConfigException {
    int colon = listen.lastIndexOf(':');
    String name = colon < 0 ? "" : listen.substring(0, colon);
    boolean brackets = name.startsWith("[") && name.endsWith("]");
    String bare = brackets ? name.substring(1, name.length() - 1) : name;
    try {
      int number = Integer.parseInt(listen.substring(colon + 1));
      if (!bare.isEmpty() && (brackets || bare.indexOf(':') < 0) && number >= 0 && number < 65536) {
        return new NodeConfig(bare, number, data, store, uploads, signKey, quota);
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw new ConfigException("listen", listen, "want HOST:PORT, such as " + DEFAULT_LISTEN);
  }

  public NodeConfig withData(Path changed) {
    return new NodeConfig(host, port, changed, store, uploads, signKey, quota);
  }

  public NodeConfig withStore(String changed) {
    return new NodeConfig(host, port, data, changed, uploads, signKey, quota);
  }

  public NodeConfig withUploads(Uploaders changed) {
    return new NodeConfig(host, port, data, store, changed, signKey, quota);
  }

  public NodeConfig withSignKey(Path changed) {
    return new NodeConfig(host, port, data, store, uploads, Optional.of(changed), quota);
  }

  /** With a size such as {@code 50G}. */
  public NodeConfig withQuota(String size) throws ConfigException {
    OptionalLong bytes = OptionalLong.of(Size.parse("quota", size));
    return new NodeConfig(host, port, data, store, uploads, signKey, bytes);
  }
}
