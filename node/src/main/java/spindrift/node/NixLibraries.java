package spindrift.node;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import spindrift.base.KnownLibrary;
import spindrift.base.MalformedDataException;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;

/**
 * The libraries that the Nix of this machine itself uses: files of the closure of the first Nix, on
 * the search path or in the usual places, that lies in the store. Nothing else of the store is
 * looked at, for any user can put there what he likes under any name. Safe for use by several
 * threads.
 */
public final class NixLibraries {
  private static final System.Logger LOG = System.getLogger(NixLibraries.class.getName());

  private static final List<Path> USUAL =
      List.of(Path.of("/run/current-system/sw/bin"), Path.of("/nix/var/nix/profiles/default/bin"));

  private static final String PROGRAM = "nix-store";

  /** Ours: it takes some ten milliseconds, and what is hashed first waits for it. */
  private static final Duration LIMIT = Duration.ofSeconds(5);

  /** Ours: that of a Nix has about a hundred. */
  private static final int MAX_PATHS = 10_000;

  private static final NixLibraries OF_MACHINE = new NixLibraries(System.getenv(), USUAL);

  private final Map<String, String> environment;
  private final List<Path> usual;
  private Optional<Set<Path>> closure = Optional.empty();

  /**
   * @param environment of the process, which that of Nix is like
   * @param usual folders to look into after those on the search path
   */
  NixLibraries(Map<String, String> environment, List<Path> usual) {
    this.environment = Map.copyOf(environment);
    this.usual = List.copyOf(usual);
  }

  /**
   * Has {@link KnownLibrary} look also here. Costs nothing until one is needed that the loader does
   * not find.
   */
  public static void offer() {
    KnownLibrary.lookAlso(OF_MACHINE::files);
  }

  /** The files of a name in the closure; none where that cannot be known. */
  List<Path> files(String name) {
    Set<Path> paths = closure();
    return paths.stream()
        .map(path -> path.resolve("lib").resolve(name))
        .filter(file -> isWithin(paths, file))
        .toList();
  }

  /** Whether it is a file of the closure, wherever links lead. */
  private static boolean isWithin(Set<Path> paths, Path file) {
    try {
      Path real = file.toRealPath();
      return Files.isRegularFile(real) && paths.stream().anyMatch(real::startsWith);
    } catch (IOException e) {
      return false;
    }
  }

  /** Found once. Several threads may wait for it: nothing in it may want one of theirs. */
  private synchronized Set<Path> closure() {
    if (closure.isEmpty()) {
      closure = Optional.of(find());
    }
    return closure.get();
  }

  private Set<Path> find() {
    try {
      StoreDir storeDir =
          new StoreDir(environment.getOrDefault("NIX_STORE_DIR", StoreDir.DEFAULT.path()));
      Path store = Path.of(storeDir.path()).toRealPath();
      for (Path folder : folders()) {
        Path program = folder.resolve(PROGRAM);
        if (Files.isExecutable(program) && program.toRealPath().startsWith(store)) {
          Path inside = store.relativize(program.toRealPath()).getName(0);
          StorePath nix = StorePath.ofBaseName(inside.toString());
          return closure(program, nix.in(storeDir), storeDir, store);
        }
      }
    } catch (IOException | MalformedDataException | IllegalArgumentException e) {
      LOG.log(Level.DEBUG, "no libraries of Nix why=\"{0}\"", e.getMessage());
    }
    return Set.of();
  }

  private List<Path> folders() {
    List<Path> folders = new ArrayList<>();
    for (String folder : environment.getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
      // What is found depends on where one stands, else.
      if (folder.startsWith("/")) {
        folders.add(Path.of(folder));
      }
    }
    folders.addAll(usual);
    return folders;
  }

  /** Asks this machine's store, whatever other one is set. */
  private Set<Path> closure(Path program, String nix, StoreDir storeDir, Path store)
      throws IOException, MalformedDataException {
    ProcessBuilder builder =
        new ProcessBuilder(program.toString(), "--query", "--requisites", nix, "--store", "auto")
            .redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().clear();
    builder.environment().putAll(environment);
    Process process = builder.start();
    try (BufferedReader lines = process.inputReader()) {
      process.getOutputStream().close();
      // Not a virtual one: all that carry those may be waiting for this.
      Thread.ofPlatform().daemon().name("nix-store-limit").start(() -> limit(process));
      Set<Path> paths = new TreeSet<>();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        paths.add(store.resolve(StorePath.parse(storeDir, line).baseName()));
        if (paths.size() > MAX_PATHS) {
          throw new IOException("the closure of " + nix + " is too large");
        }
      }
      // How it ended is all the same: what it said is in the closure.
      LOG.log(Level.DEBUG, "libraries of Nix closure={0} paths={1}", nix, paths.size());
      return paths;
    } finally {
      process.destroyForcibly();
    }
  }

  private static void limit(Process process) {
    try {
      if (!process.waitFor(LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
