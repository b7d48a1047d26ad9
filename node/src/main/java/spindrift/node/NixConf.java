package spindrift.node;

import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import spindrift.base.MalformedDataException;
import spindrift.nix.PublicKey;

/**
 * What is set for the Nix of this machine and user, as {@code nix config show} would say, of those
 * settings that are lists: by {@code nix.conf}, the user's own files and {@code NIX_CONFIG}, each
 * file with what it includes. The files are read here, which needs no Nix and takes no time. What
 * cannot be read is passed over with a warning: it makes fewer keys trusted, never more.
 *
 * @see <a href="https://nix.dev/manual/nix/latest/command-ref/conf-file">nix.conf</a>
 */
final class NixConf {
  private static final System.Logger LOG = System.getLogger(NixConf.class.getName());

  /** The settings that are looked at, and what Nix has for them where nobody sets them. */
  enum Setting {
    TRUSTED_PUBLIC_KEYS("trusted-public-keys", "binary-cache-public-keys", KeySettings.NIXOS_CACHE),
    SUBSTITUTERS("substituters", "binary-caches", "https://cache.nixos.org/"),
    TRUSTED_SUBSTITUTERS("trusted-substituters", "trusted-binary-caches", ""),
    TRUSTED_USERS("trusted-users", "trusted-users", "root"),

    /** The last of what was set, and without anything that in the folder of {@code nix.conf}. */
    NETRC_FILE("netrc-file", "netrc-file", ""),
    FSYNC_STORE_PATHS("fsync-store-paths", "fsync-store-paths", "false");

    private final String name;

    /** Its name until Nix 2.0, which Nix still knows. */
    private final String oldName;

    private final String usual;

    Setting(String name, String oldName, String usual) {
      this.name = name;
      this.oldName = oldName;
      this.usual = usual;
    }
  }

  private static final String EXTRA = "extra-";

  /** Ours: bytes of one file; real ones have some thousands. */
  private static final int MAX_FILE = 1 << 20;

  /** Ours: files that include each other without end have to stop somewhere. */
  private static final int MAX_DEPTH = 16;

  /** Ours: a key costs a signature check for each narinfo at the worst. */
  private static final int MAX_KEYS = 256;

  private final Map<Setting, Set<String>> values = new EnumMap<>(Setting.class);

  private NixConf() {
    for (Setting setting : Setting.values()) {
      values.put(setting, new LinkedHashSet<>());
      if (!setting.usual.isEmpty()) {
        add(setting, List.of(setting.usual));
      }
    }
  }

  private void add(Setting setting, List<String> more) {
    values.computeIfAbsent(setting, any -> new LinkedHashSet<>()).addAll(more);
  }

  /** The values of a setting, each once, in the order in which Nix has them. */
  List<String> values(Setting setting) {
    return List.copyOf(values.getOrDefault(setting, Set.of()));
  }

  /** The trusted keys of this process's user. */
  static List<PublicKey> trustedKeys() {
    return trustedKeys(System.getenv(), Path.of(System.getProperty("user.home", "/")));
  }

  static List<PublicKey> trustedKeys(Map<String, String> environment, Path home) {
    return of(environment, home).parsed();
  }

  /** The file with logins for servers, which need not be there. */
  static Path netrc(Map<String, String> environment, Path home) {
    List<String> set = of(environment, home).values(Setting.NETRC_FILE);
    return set.isEmpty()
        ? Path.of(set(environment, "NIX_CONF_DIR", "/etc/nix"), "netrc")
        : Path.of(set.getLast());
  }

  /** Whether files are to be on the disk before Nix counts their paths as valid. */
  static boolean syncsStorePaths(Map<String, String> environment, Path home) {
    return of(environment, home).values(Setting.FSYNC_STORE_PATHS).equals(List.of("true"));
  }

  /** All that counts for a user. */
  static NixConf of(Map<String, String> environment, Path home) {
    NixConf conf = new NixConf();
    for (Path file : files(environment, home)) {
      conf.read(file, 0);
    }
    conf.apply(environment.getOrDefault("NIX_CONFIG", ""), Path.of("/"), 0);
    return conf;
  }

  /** What one file and those that it includes say, and nothing else. */
  static NixConf ofFile(Path file) {
    NixConf conf = new NixConf();
    conf.read(file, 0);
    return conf;
  }

  /** Where settings are; those of a later file count more. */
  static List<Path> files(Map<String, String> environment, Path home) {
    List<Path> files = new ArrayList<>();
    files.add(Path.of(set(environment, "NIX_CONF_DIR", "/etc/nix"), "nix.conf"));
    List<Path> own = new ArrayList<>();
    String named = environment.getOrDefault("NIX_USER_CONF_FILES", "");
    if (named.isEmpty()) {
      own.add(Path.of(set(environment, "XDG_CONFIG_HOME", home + "/.config"), "nix", "nix.conf"));
      for (String folder : set(environment, "XDG_CONFIG_DIRS", "/etc/xdg").split(":", -1)) {
        own.add(Path.of(folder, "nix", "nix.conf"));
      }
    } else {
      for (String file : named.split(":", -1)) {
        own.add(Path.of(file));
      }
    }
    files.addAll(own.reversed());
    return files;
  }

  private static String set(Map<String, String> environment, String name, String otherwise) {
    String value = environment.getOrDefault(name, "");
    return value.isEmpty() ? otherwise : value;
  }

  private void read(Path file, int depth) {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] content = in.readNBytes(MAX_FILE);
      Path folder = file.toAbsolutePath().resolveSibling("");
      apply(new String(content, StandardCharsets.UTF_8), folder, depth);
    } catch (NoSuchFileException e) {
      LOG.log(Level.DEBUG, "no-nix-conf file={0}", file);
    } catch (IOException e) {
      LOG.log(Level.WARNING, "cannot read-nix-conf file={0} why={1}", file, e.getMessage());
    }
  }

  /** Takes lines in: {@code name = value}, {@code include file}, {@code !include file}. */
  private void apply(String text, Path folder, int depth) {
    for (String line : text.split("\n", -1)) {
      int comment = line.indexOf('#');
      String[] words = (comment < 0 ? line : line.substring(0, comment)).strip().split("\\s+", -1);
      if (words.length == 2 && (words[0].equals("include") || words[0].equals("!include"))) {
        if (depth < MAX_DEPTH) {
          read(folder.resolve(words[1]), depth + 1);
        }
      } else if (words.length >= 2 && words[1].equals("=")) {
        set(words[0], List.of(words).subList(2, words.length));
      }
    }
  }

  private void set(String name, List<String> given) {
    boolean more = name.startsWith(EXTRA);
    String bare = more ? name.substring(EXTRA.length()) : name;
    for (Setting setting : Setting.values()) {
      if (bare.equals(setting.name) || bare.equals(setting.oldName)) {
        if (!more) {
          values.remove(setting);
        }
        add(setting, given);
      }
    }
  }

  private List<PublicKey> parsed() {
    List<PublicKey> parsed = new ArrayList<>();
    for (String key : values(Setting.TRUSTED_PUBLIC_KEYS)) {
      if (parsed.size() == MAX_KEYS) {
        LOG.log(Level.WARNING, "passed-over-keys of nix.conf past={0}", MAX_KEYS);
        break;
      }
      try {
        parsed.add(PublicKey.parse(key));
      } catch (MalformedDataException e) {
        LOG.log(Level.WARNING, "passed-over-key of nix.conf name={0}", KeySettings.nameOf(key));
      }
    }
    return List.copyOf(parsed);
  }
}
