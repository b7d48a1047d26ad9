package spindrift.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import spindrift.base.Bytes;
import spindrift.base.ConfigException;
import spindrift.base.DurableFile;

/**
 * Makes the node the one substituter of this machine's Nix, or of one user's, by a marked block at
 * the end of a {@code nix.conf}; and takes that out again, so that each byte is as it was.
 */
public final class NixSetup {
  /** The file that is the owner's in the set-up of Determinate Nix, which rewrites its own. */
  private static final String CUSTOM = "nix.custom.conf";

  private static final String BACKUP = ".before-spindrift";

  private final Surroundings surroundings;

  /**
   * What a set-up is for and in.
   *
   * @param variables of the process
   * @param groups that the user is in
   */
  public record Surroundings(
      Map<String, String> variables, Path home, String user, Set<String> groups) {
    public Surroundings {
      variables = Map.copyOf(variables);
      groups = Set.copyOf(groups);
    }

    /** Of this process. */
    public static Surroundings ofProcess() {
      return new Surroundings(
          System.getenv(),
          Path.of(System.getProperty("user.home", "/")),
          System.getProperty("user.name", ""),
          UserGroups.ofProcess());
    }
  }

  /** Whose configuration is changed. */
  public enum Scope {
    SYSTEM,
    USER
  }

  /** What there is to do. */
  public sealed interface Plan {
    /** The file to change, or that was looked at. */
    Path file();

    /**
     * A file gets another content.
     *
     * @param before empty where there is no file
     * @param after empty where the file goes
     * @param earlier substituters that Nix would no longer ask itself
     */
    record Change(Path file, Optional<Bytes> before, Optional<Bytes> after, List<String> earlier)
        implements Plan {}

    /** All is as it should be. */
    record Nothing(Path file) implements Plan {}

    /** The file is made by a configuration system, whose source needs these lines. */
    record Paste(Path file, String module) implements Plan {}
  }

  public NixSetup(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  /**
   * What has to be done that Nix asks the node at a URL, and nobody else.
   *
   * @throws ConfigException when it cannot be done, or would do harm
   */
  public Plan plan(Scope scope, String url) throws IOException, ConfigException {
    Path file = file(scope);
    if (isMade(file)) {
      return new Plan.Paste(file, NixConfBlock.module(url));
    }
    if (scope == Scope.USER) {
      requireTrust(url);
    }
    Optional<Bytes> before = read(file);
    Bytes after =
        before.isEmpty() ? bytes(NixConfBlock.alone(url)) : bytes(with(before.get(), url));
    if (before.equals(Optional.of(after))) {
      return new Plan.Nothing(file);
    }
    return new Plan.Change(file, before, Optional.of(after), earlier(url));
  }

  /** What has to be done to take that back. */
  public Plan planUndo(Scope scope, String url) throws IOException, ConfigException {
    Path file = file(scope);
    if (isMade(file)) {
      return new Plan.Paste(file, NixConfBlock.module(url));
    }
    Optional<Bytes> before = read(file);
    if (before.isEmpty() || !NixConfBlock.has(text(before.get()))) {
      return new Plan.Nothing(file);
    }
    String rest = NixConfBlock.without(text(before.get()));
    boolean goes = rest.isEmpty() && NixConfBlock.isNewFile(text(before.get()));
    return new Plan.Change(
        file, before, goes ? Optional.empty() : Optional.of(bytes(rest)), List.of());
  }

  /** Where what the file was before the first change is kept until it is undone. */
  public static Path backup(Path file) {
    return file.resolveSibling(file.getFileName() + BACKUP);
  }

  /**
   * Makes a change: all of it or, when this throws, nothing.
   *
   * @throws ConfigException when the file may not be written, or was changed meanwhile
   */
  public void apply(Plan.Change change) throws IOException, ConfigException {
    Path file = change.file();
    if (!read(file).equals(change.before())) {
      throw new ConfigException("nix.conf", file.toString(), "was changed meanwhile; try again");
    }
    try {
      write(change);
    } catch (AccessDeniedException e) {
      throw new ConfigException(
          "nix.conf",
          file.toString(),
          "only root may change it: try sudo, or --user for you alone");
    }
  }

  private static void write(Plan.Change change) throws IOException {
    Path file = change.file();
    if (change.after().isEmpty()) {
      Files.delete(file);
      DurableFile.syncDirectory(file.toAbsolutePath().resolveSibling(""));
      return;
    }
    Bytes after = change.after().get();
    if (change.before().isEmpty()) {
      Files.createDirectories(file.toAbsolutePath().resolveSibling(""));
      DurableFile.write(file, after);
      return;
    }
    Bytes before = change.before().get();
    Path backup = backup(file);
    boolean first = !NixConfBlock.has(text(before));
    if (first) {
      Files.deleteIfExists(backup);
      Files.copy(file, backup, java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
    }
    DurableFile.replace(file, after);
    boolean undone = !NixConfBlock.has(text(after));
    if (undone && Files.exists(backup) && Bytes.owning(Files.readAllBytes(backup)).equals(after)) {
      Files.delete(backup);
    }
  }

  private Path file(Scope scope) throws IOException {
    List<Path> files = NixConf.files(surroundings.variables(), surroundings.home());
    Path file = scope == Scope.SYSTEM ? files.getFirst() : files.getLast();
    Path custom = file.resolveSibling(CUSTOM);
    Optional<Bytes> content = scope == Scope.SYSTEM ? read(file) : Optional.empty();
    boolean isDeterminate =
        content.map(NixSetup::text).orElse("").lines().anyMatch(("!include " + CUSTOM)::equals);
    Path chosen = isDeterminate ? custom : file;
    return Files.isSymbolicLink(chosen) && Files.exists(chosen) && !isMade(chosen)
        ? chosen.toRealPath()
        : chosen;
  }

  /** Whether NixOS or the like made it: then it is in the store, where nothing is changed. */
  private boolean isMade(Path file) throws IOException {
    Path store = Path.of(surroundings.variables().getOrDefault("NIX_STORE_DIR", "/nix/store"));
    return Files.exists(file) && file.toRealPath().startsWith(store);
  }

  /** Nix lets only some users choose substituters, and passes over the choice of others. */
  private void requireTrust(String url) throws ConfigException {
    Map<String, String> variables = surroundings.variables();
    Path state = Path.of(variables.getOrDefault("NIX_STATE_DIR", "/nix/var/nix"));
    Path system = NixConf.files(variables, surroundings.home()).getFirst();
    NixConf conf = NixConf.ofFile(system);
    boolean needsDaemon = !Files.isWritable(state.resolve("db"));
    if (needsDaemon && !isTrusted(conf) && !isAllowed(conf, url)) {
      throw new ConfigException(
          "Nix would not take substituters from "
              + surroundings.user()
              + ", who is not among trusted-users in "
              + system
              + "; let root run 'spindrift setup nix --system', or add there"
              + " 'extra-trusted-substituters = "
              + url
              + "'");
    }
  }

  private boolean isTrusted(NixConf conf) {
    return conf.values(NixConf.Setting.TRUSTED_USERS).stream()
        .anyMatch(
            name ->
                name.equals("*")
                    || name.equals(surroundings.user())
                    || (name.startsWith("@") && surroundings.groups().contains(name.substring(1))));
  }

  private static boolean isAllowed(NixConf conf, String url) {
    return conf.values(NixConf.Setting.TRUSTED_SUBSTITUTERS).stream()
        .anyMatch(allowed -> bare(allowed).equals(bare(url)));
  }

  private List<String> earlier(String url) {
    List<String> others = new ArrayList<>();
    NixConf conf = NixConf.of(surroundings.variables(), surroundings.home());
    for (String substituter : conf.values(NixConf.Setting.SUBSTITUTERS)) {
      if (!bare(substituter).equals(bare(url))) {
        others.add(substituter);
      }
    }
    return List.copyOf(others);
  }

  private static String bare(String url) {
    return url.replaceFirst("/+$", "");
  }

  private static Optional<Bytes> read(Path file) throws IOException {
    return Files.exists(file)
        ? Optional.of(Bytes.owning(Files.readAllBytes(file)))
        : Optional.empty();
  }

  private static String with(Bytes before, String url) throws ConfigException {
    return NixConfBlock.with(text(before), url);
  }

  /** Each byte is a character. */
  private static String text(Bytes bytes) {
    return new String(bytes.toArray(), StandardCharsets.ISO_8859_1);
  }

  private static Bytes bytes(String text) {
    return Bytes.owning(text.getBytes(StandardCharsets.ISO_8859_1));
  }
}
