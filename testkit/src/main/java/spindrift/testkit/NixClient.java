package spindrift.testkit;

import java.io.File;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A real Nix with a home, caches and an empty chroot store of its own: what it does leaves no trace
 * outside its folder, and two of them do not share a cache.
 *
 * <p>It asks no substituters, builds without a sandbox and without build users, and leaves unsigned
 * paths be. Those settings are given on the command line, which Nix 2.3 needs because it ignores
 * {@code NIX_CONFIG}. Not for several threads at once.
 */
public final class NixClient {
  private final RealNix nix;
  private final Path home;
  private final Path root;
  private final Map<String, String> settings = new TreeMap<>();

  NixClient(RealNix nix, Path scratch) throws IOException {
    this.nix = nix;
    this.home = Files.createDirectories(scratch.resolve("home"));
    this.root = Files.createDirectories(scratch.resolve("root"));
    with("build-users-group", "");
    with("substituters", "");
    with("sandbox", "false");
    with("require-sigs", "false");
    if (nix.isAtLeast(2, 4)) {
      with("experimental-features", "nix-command flakes ca-derivations");
    }
  }

  /** Gives every later command a setting of nix.conf. */
  public NixClient with(String setting, String value) {
    settings.put(setting, value);
    return this;
  }

  /**
   * Writes lines of the form {@code setting = value} to its {@code nix.conf}, which is in force
   * from then on in place of what it was given for these settings before.
   */
  public NixClient configure(String... lines) throws IOException {
    Files.write(configuration().resolve("nix.conf"), List.of(lines));
    for (String line : lines) {
      settings.remove(line.substring(0, line.indexOf('=')).strip());
    }
    return this;
  }

  /** The folder of its {@code nix.conf}, which is its {@code NIX_CONF_DIR}. */
  public Path configuration() {
    return home;
  }

  /** The version that this is a client of. */
  public RealNix nix() {
    return nix;
  }

  /** The folder that its chroot store is in: files at {@code root/nix/store}. */
  public Path root() {
    return root;
  }

  /** Its chroot store as every version of Nix understands it. */
  public String storeUri() {
    String encoded = URLEncoder.encode(root.toString(), StandardCharsets.UTF_8);
    return "local?root=" + encoded.replace("+", "%20").replace("%2F", "/");
  }

  /** Where a store path's files are. */
  public Path physical(String storePath) {
    return root.resolve(storePath.substring(1));
  }

  /**
   * Runs one of Nix's programs on the chroot store, with the settings added, and fails the test
   * unless it succeeds.
   *
   * @param program such as {@code nix-store}, {@code nix-build}, {@code nix}
   */
  public Completed run(String program, String... arguments) throws IOException {
    return attempt(program, arguments).expectSuccess();
  }

  /** As {@link #run}, whatever the exit status. */
  public Completed attempt(String program, String... arguments) throws IOException {
    return Completed.of(command(storeUri(), program, arguments), Completed.DEFAULT_LIMIT);
  }

  /** As {@link #run} on another store, such as {@code http://…}; a blank one means the host's. */
  public Completed runOn(String storeUri, String program, String... arguments) throws IOException {
    return Completed.of(command(storeUri, program, arguments), Completed.DEFAULT_LIMIT)
        .expectSuccess();
  }

  /**
   * Starts {@code nix-daemon} for the chroot store on a Unix socket in its folder and waits until
   * it listens; the caller closes it.
   */
  public NixDaemon startDaemon() throws IOException {
    Path state = home.resolveSibling("daemon");
    Path socket = state.resolve("daemon-socket").resolve("socket");
    Files.createDirectories(socket.getParent());
    Map<String, String> environment = new TreeMap<>();
    environment.put("NIX_DAEMON_SOCKET_PATH", socket.toString());
    // Nix 2.3 knows only this one; the chroot store has a state directory of its own anyway.
    environment.put("NIX_STATE_DIR", state.toString());
    ProcessBuilder builder = command(storeUri(), "nix-daemon");
    builder.environment().putAll(environment);
    return NixDaemon.start(builder, socket, environment);
  }

  /** The command line and environment that {@link #run} would use, not started. */
  public ProcessBuilder command(String storeUri, String program, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(nix.program(program).toString());
    // "nix" wants its subcommand first, the others take options anywhere.
    command.addAll(List.of(arguments));
    if (!storeUri.isEmpty()) {
      command.addAll(List.of("--store", storeUri));
    }
    settings.forEach((key, value) -> command.addAll(List.of("--option", key, value)));
    ProcessBuilder builder = new ProcessBuilder(command).directory(new File(home.toString()));
    Map<String, String> environment = builder.environment();
    environment.keySet().removeIf(name -> name.startsWith("NIX_") || name.startsWith("XDG_"));
    environment.put("HOME", home.toString());
    environment.put("NIX_CONF_DIR", home.toString());
    Path data = nix.program("../share").normalize();
    if (Files.isDirectory(data.resolve("nix"))) {
      // Nix 2.3 looks for its own expressions where it was built to be installed.
      environment.put("NIX_DATA_DIR", data.toString());
    }
    return builder;
  }
}
