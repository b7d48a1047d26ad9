package spindrift.store;

import java.io.File;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import spindrift.base.ConfigException;
import spindrift.base.MalformedDataException;
import spindrift.base.ProcessUser;

/**
 * Finds the Nix store that a setting names:
 *
 * <table>
 *   <caption>Settings</caption>
 *   <tr><td>{@code auto}</td><td>this machine's, where there is one</td></tr>
 *   <tr><td>{@code none}</td><td>no store</td></tr>
 *   <tr><td>{@code unix:SOCKET}</td><td>the daemon on that socket; {@code unix:SOCKET?root=DIR}
 *     when it serves the chroot store in DIR</td></tr>
 *   <tr><td>a folder</td><td>the chroot store in it, with files at {@code DIR/nix/store}</td></tr>
 * </table>
 *
 * <p>Nix's environment variables ({@code NIX_STORE_DIR}, {@code NIX_STATE_DIR}, {@code
 * NIX_LOG_DIR}, {@code NIX_DAEMON_SOCKET_PATH}) move this machine's own store, as they do for Nix.
 */
public final class LocalStores {
  private static final String KEY = "store";
  private static final String SOCKET_PREFIX = "unix:";
  private static final String ROOT_PARAMETER = "?root=";

  private final Map<String, String> environment;

  LocalStores(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
  }

  /**
   * Opens a store, which the caller closes; empty for {@code none}, and for {@code auto} on a
   * machine without Nix.
   *
   * @throws ConfigException when what the setting names is not there or cannot be used
   */
  public static Optional<LocalStore> open(String setting) throws ConfigException {
    return new LocalStores(System.getenv()).find(setting);
  }

  Optional<LocalStore> find(String setting) throws ConfigException {
    if (setting.equals("none")) {
      return Optional.empty();
    }
    if (setting.equals("auto")) {
      return host();
    }
    if (setting.startsWith(SOCKET_PREFIX)) {
      return Optional.of(socket(setting));
    }
    Path root = Path.of(setting);
    if (!Files.isDirectory(root)) {
      throw new ConfigException(KEY, setting, "auto, none, unix:SOCKET or a folder that exists");
    }
    return Optional.of(folder(setting, StoreLayout.chroot(root), root));
  }

  /**
   * Opens a store to write its files directly, which the caller closes; empty where that is for
   * Nix's daemon alone: behind a socket, where this user may not write, on a file system mounted
   * read-only, or where Nix's programs are not on {@code PATH}.
   *
   * @throws ConfigException as {@link #open}
   */
  public static Optional<DirectStore> openDirect(String setting, DirectStore.Syncing syncing)
      throws ConfigException, IOException, MalformedDataException {
    return new LocalStores(System.getenv()).findDirect(setting, syncing);
  }

  Optional<DirectStore> findDirect(String setting, DirectStore.Syncing syncing)
      throws ConfigException, IOException, MalformedDataException {
    if (setting.equals("none") || setting.startsWith(SOCKET_PREFIX)) {
      return Optional.empty();
    }
    boolean isHost = setting.equals("auto");
    StoreLayout layout =
        isHost ? StoreLayout.host(environment) : StoreLayout.chroot(Path.of(setting));
    Optional<Path> program = program();
    if (program.isEmpty() || !isOurs(layout)) {
      return Optional.empty();
    }
    Path programs = program.get().resolveSibling(".").normalize();
    String uri = isHost ? "local" : chrootUri(Path.of(setting));
    Registry registry = new Registry(layout.storeDir(), programs, uri);
    return Optional.of(new DirectStore(layout, registry, syncing));
  }

  /** Whether this user owns the store and may write it, as Nix demands of who writes files. */
  private static boolean isOurs(StoreLayout layout) throws IOException {
    Path files = layout.realStoreDir();
    return Files.isWritable(files)
        && Files.isWritable(layout.database())
        && ProcessUser.owns(files);
  }

  private Optional<LocalStore> host() throws ConfigException {
    StoreLayout layout = StoreLayout.host(environment);
    String configured = environment.getOrDefault("NIX_DAEMON_SOCKET_PATH", "");
    Path socket =
        configured.isEmpty()
            ? layout.stateDir().resolve("daemon-socket/socket")
            : Path.of(configured);
    boolean hasDatabase = Files.exists(layout.database());
    // A stopped daemon leaves its socket behind; where there is nothing else, it may come back.
    if (Files.exists(socket) && (!hasDatabase || isListenedTo(socket))) {
      return Optional.of(daemon(layout, new DaemonEndpoint.Socket(socket)));
    }
    if (!hasDatabase) {
      return Optional.empty();
    }
    Optional<Path> program = program();
    // Nix's "auto" would be the daemon again, which is not there.
    return program.isPresent()
        ? Optional.of(daemon(layout, stdio(program.get(), "local")))
        : Optional.of(DatabaseStore.open(layout));
  }

  private static boolean isListenedTo(Path socket) {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      return channel.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  private static LocalStore socket(String setting) throws ConfigException {
    String rest = setting.substring(SOCKET_PREFIX.length()).replaceFirst("^//(?=/)", "");
    int parameter = rest.indexOf(ROOT_PARAMETER);
    Path socket = Path.of(parameter < 0 ? rest : rest.substring(0, parameter));
    if (!Files.exists(socket)) {
      throw new ConfigException(KEY, setting, "no socket there: is nix-daemon running?");
    }
    StoreLayout layout =
        parameter < 0
            ? StoreLayout.host(Map.of())
            : StoreLayout.chroot(Path.of(rest.substring(parameter + ROOT_PARAMETER.length())));
    return daemon(layout, new DaemonEndpoint.Socket(socket));
  }

  private LocalStore folder(String setting, StoreLayout layout, Path root) throws ConfigException {
    if (!Files.exists(layout.database())) {
      throw new ConfigException(
          KEY,
          setting,
          "no Nix store there (" + layout.database() + "): make one with nix-store --store");
    }
    Optional<Path> program = program();
    return program.isPresent()
        ? daemon(layout, stdio(program.get(), chrootUri(root)))
        : DatabaseStore.open(layout);
  }

  private static LocalStore daemon(StoreLayout layout, DaemonEndpoint endpoint) {
    return new DaemonStore(layout, endpoint, DaemonStore.DEADLINE);
  }

  private static DaemonEndpoint stdio(Path program, String storeUri) {
    return new DaemonEndpoint.Program(List.of(program.toString(), "--stdio", "--store", storeUri));
  }

  /** The chroot store as every version of Nix understands it; Nix 2.3 has no other form. */
  private static String chrootUri(Path root) {
    String absolute = root.toAbsolutePath().normalize().toString();
    String encoded = URLEncoder.encode(absolute, StandardCharsets.UTF_8);
    return "local?root=" + encoded.replace("+", "%20").replace("%2F", "/");
  }

  private Optional<Path> program() {
    for (String directory : environment.getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
      Path program = Path.of(directory.isEmpty() ? "." : directory, "nix-daemon");
      if (Files.isExecutable(program)) {
        return Optional.of(program.toAbsolutePath());
      }
    }
    return Optional.empty();
  }
}
