package spindrift.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One version of the real Nix on this machine, for tests to run.
 *
 * <p>{@code tools/real-nix.sh install} unpacks four of them into folders below {@code $REAL_NIX}
 * (default: {@code spindrift/real-nix} in the user's cache folder), named after Debian's releases;
 * a Nix on {@code PATH} is the fifth candidate. A test takes all candidates as its parameters and
 * skips those that are {@link #missing()}, so that the report says which version was not tried and
 * why:
 *
 * <pre>{@code
 * @ParameterizedTest
 * @MethodSource("spindrift.testkit.RealNix#candidates")
 * void readsWhatNixWrote(RealNix nix, @TempDir Path scratch) throws Exception {
 *   assumeThat(nix.missing()).as(nix.missing().orElse("")).isEmpty();
 *   NixClient client = nix.client(scratch);
 *   String path = client.run("nix-store", "--add", file.toString()).line();
 * }
 * }</pre>
 */
public final class RealNix {
  private static final List<String> SUITES = List.of("bullseye", "bookworm", "trixie", "sid");
  private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+)\\S*");

  /** Found once: looking costs a process for each version. */
  private static final List<RealNix> CANDIDATES = search();

  private final String label;
  private final Path programs;
  private final String version;
  private final String missing;

  private RealNix(String label, Path programs, String version, String missing) {
    this.label = label;
    this.programs = programs;
    this.version = version;
    this.missing = missing;
  }

  /** Every version that a test could run, oldest first, those included that are not installed. */
  public static List<RealNix> candidates() {
    return CANDIDATES;
  }

  /** The versions that are installed, oldest first. */
  public static List<RealNix> all() {
    return CANDIDATES.stream().filter(nix -> nix.missing.isEmpty()).toList();
  }

  /** The newest version that is installed. */
  public static Optional<RealNix> newest() {
    List<RealNix> all = all();
    return all.isEmpty() ? Optional.empty() : Optional.of(all.getLast());
  }

  /** Why this version cannot be run here, with the remedy; empty where it can. */
  public Optional<String> missing() {
    return missing.isEmpty() ? Optional.empty() : Optional.of(missing);
  }

  /** Nix's own version number, such as {@code 2.8.0}; blank where it is missing. */
  public String version() {
    return version;
  }

  /** Whether this is Nix {@code major.minor} or later. */
  public boolean isAtLeast(int major, int minor) {
    Matcher matcher = VERSION.matcher(version);
    if (!matcher.matches()) {
      return false;
    }
    int actualMajor = Integer.parseInt(matcher.group(1));
    return actualMajor > major
        || (actualMajor == major && Integer.parseInt(matcher.group(2)) >= minor);
  }

  /** One of its programs: {@code nix}, {@code nix-store}, {@code nix-daemon}, … */
  public Path program(String name) {
    return programs.resolve(name);
  }

  /**
   * A client with a home, caches and a chroot store of its own below {@code scratch}, which the
   * caller owns and removes.
   */
  public NixClient client(Path scratch) throws IOException {
    if (!missing.isEmpty()) {
      throw new IllegalStateException(missing);
    }
    return new NixClient(this, scratch);
  }

  /** The name in test reports. */
  @Override
  public String toString() {
    return version.isEmpty() ? label : "Nix " + version;
  }

  private static List<RealNix> search() {
    Path base = Places.find("REAL_NIX", "real-nix");
    List<RealNix> found = new ArrayList<>();
    for (String suite : SUITES) {
      Path programs = base.resolve(suite).resolve("usr/bin");
      found.add(probe(suite, programs, "run tools/real-nix.sh install " + suite));
    }
    for (Path programs : Places.searchPath()) {
      RealNix onPath = probe("PATH", programs, "no nix-store on PATH");
      if (onPath.missing.isEmpty()) {
        if (found.stream().noneMatch(nix -> nix.version.equals(onPath.version))) {
          found.add(onPath);
        }
        break;
      }
    }
    return List.copyOf(found);
  }

  private static RealNix probe(String label, Path programs, String remedy) {
    Path store = programs.resolve("nix-store");
    if (!Files.isExecutable(store)) {
      return new RealNix(label, programs, "", "no " + store + ": " + remedy);
    }
    try {
      String said =
          Completed.of(new ProcessBuilder(store.toString(), "--version"), Completed.DEFAULT_LIMIT)
              .line();
      return new RealNix(label, programs, said.substring(said.lastIndexOf(' ') + 1), "");
    } catch (IOException | AssertionError e) {
      return new RealNix(label, programs, "", store + " does not run: " + e.getMessage());
    }
  }
}
