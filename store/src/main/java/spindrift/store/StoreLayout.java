package spindrift.store;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;

/**
 * Where a Nix store keeps its things on this machine.
 *
 * @param storeDir the store directory as paths are written
 * @param realStoreDir the folder that has the files; another one only in a chroot store
 * @param stateDir Nix's state: database, daemon socket
 * @param logDir Nix's logs
 */
public record StoreLayout(StoreDir storeDir, Path realStoreDir, Path stateDir, Path logDir) {

  /** This machine's own store, moved by Nix's environment variables where those are set. */
  static StoreLayout host(Map<String, String> environment) {
    String storeDir = environment.getOrDefault("NIX_STORE_DIR", StoreDir.DEFAULT.path());
    return new StoreLayout(
        new StoreDir(storeDir),
        Path.of(storeDir),
        Path.of(environment.getOrDefault("NIX_STATE_DIR", "/nix/var/nix")),
        Path.of(environment.getOrDefault("NIX_LOG_DIR", "/nix/var/log/nix")));
  }

  /**
   * A chroot store: all of it below a folder, while paths are written as if that were {@code /}.
   */
  static StoreLayout chroot(Path root) {
    Path absolute = root.toAbsolutePath().normalize();
    return new StoreLayout(
        StoreDir.DEFAULT,
        absolute.resolve("nix/store"),
        absolute.resolve("nix/var/nix"),
        absolute.resolve("nix/var/log/nix"));
  }

  /** Where a path's files are. */
  public Path realPath(StorePath path) {
    return realStoreDir.resolve(path.baseName());
  }

  /**
   * The build log of a derivation, where there is one: text, bzip2 when the name ends in {@code
   * .bz2}.
   */
  public Optional<Path> buildLog(StorePath derivation) {
    String name = derivation.baseName();
    Path plain = logDir.resolve("drvs").resolve(name.substring(0, 2)).resolve(name.substring(2));
    Path compressed = plain.resolveSibling(plain.getFileName() + ".bz2");
    if (Files.isRegularFile(compressed)) {
      return Optional.of(compressed);
    }
    return Files.isRegularFile(plain) ? Optional.of(plain) : Optional.empty();
  }

  /** Nix's database. */
  Path database() {
    return stateDir.resolve("db").resolve("db.sqlite");
  }
}
