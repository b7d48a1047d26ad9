package spindrift.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Real packages as a real Nix store, which tests read and never change.
 *
 * <p>{@code tools/make-corpus.sh} makes it in {@code $SPINDRIFT_CORPUS} (default: {@code
 * spindrift/corpus-tiny} in the user's cache folder), with the chroot store in {@code store} and
 * its lists in {@code out}; {@code ./check} does so once where it may. A test skips when it is
 * {@link #missing()}.
 */
public final class Corpus {
  private static final String NAME = "corpus-tiny";
  private static final Path DIRECTORY = Places.find("SPINDRIFT_CORPUS", NAME);

  private Corpus() {}

  /** Why there is none here, with the remedy; empty where there is. */
  public static Optional<String> missing() {
    return Files.exists(DIRECTORY.resolve("out/corpus.pub"))
        ? Optional.empty()
        : Optional.of("no corpus in " + DIRECTORY + ": run ./check as root, with Nix and apt");
  }

  /** The chroot store, to be given to {@code --store}. */
  public static Path store() {
    return DIRECTORY.resolve("store");
  }

  /** Every store path of it, sorted. */
  public static List<String> paths() throws IOException {
    return Files.readAllLines(DIRECTORY.resolve("out/roots.txt"));
  }

  /** The one path whose closure is all of it. */
  public static String root() throws IOException {
    return Files.readString(DIRECTORY.resolve("out/all.path")).strip();
  }

  /** The one path whose closure is a small system of ordinary packages. */
  public static String system() throws IOException {
    return Files.readAllLines(DIRECTORY.resolve("out/sys.paths")).getLast();
  }

  /** The public key whose signature every path has. */
  public static String key() throws IOException {
    return Files.readString(DIRECTORY.resolve("out/corpus.pub")).strip();
  }

  /** Where a store path's files are. */
  public static Path physical(String storePath) {
    return store().resolve(storePath.substring(1));
  }
}
