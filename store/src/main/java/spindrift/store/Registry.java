package spindrift.store;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import spindrift.base.MalformedDataException;
import spindrift.nix.PathInfo;
import spindrift.nix.Signature;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;

/**
 * What Nix's own programs do for one who puts files into a store himself: {@code nix-store
 * --load-db} registers, for which all versions want the same lines; a {@code nix-daemon --stdio}
 * keeps temporary roots for as long as this lives and adds the signatures, which those lines cannot
 * have. Safe for use by several threads.
 */
final class Registry implements AutoCloseable {
  /** Ours: registering some hundred paths takes a second on a slow disk. */
  private static final Duration LIMIT = Duration.ofMinutes(5);

  private static final int MAX_LAST_WORDS = 4096;

  private static final Path SETSID = Path.of("/usr/bin/setsid");

  private final StoreDir storeDir;
  private final Path programs;
  private final String storeUri;
  private final Duration limit;
  private final DaemonOperations operations;
  private final Watchdog watchdog = new Watchdog();
  private final DaemonConnection daemon;

  /**
   * @param programs the folder that has Nix's programs
   * @param storeUri the store as all versions of Nix understand it
   */
  Registry(StoreDir storeDir, Path programs, String storeUri)
      throws IOException, MalformedDataException {
    this(storeDir, programs, storeUri, LIMIT);
  }

  Registry(StoreDir storeDir, Path programs, String storeUri, Duration limit)
      throws IOException, MalformedDataException {
    this.limit = limit;
    this.storeDir = storeDir;
    this.programs = programs;
    this.storeUri = storeUri;
    this.operations = new DaemonOperations(storeDir);
    List<String> command = command("nix-daemon", "--stdio");
    try {
      this.daemon =
          DaemonConnection.open(
              new DaemonEndpoint.Program(command), watchdog, DaemonStore.DEADLINE);
    } catch (IOException | MalformedDataException | RuntimeException e) {
      watchdog.close();
      throw e;
    }
  }

  /** Keeps Nix's garbage collector from paths, valid or not, until this is closed. */
  synchronized void root(Collection<StorePath> paths) throws IOException, MalformedDataException {
    for (StorePath path : paths) {
      daemon.call(
          connection -> {
            operations.addTempRoot(connection, path.in(storeDir));
            return path;
          });
    }
  }

  synchronized Optional<PathInfo> info(StorePath path) throws IOException, MalformedDataException {
    return daemon.call(connection -> operations.pathInfo(connection, path));
  }

  /**
   * Registers paths whose files are in place and which are not valid. All of them are valid
   * afterwards or none; only signatures may be missing when this is ended in the midst.
   */
  void register(List<PathInfo> infos) throws IOException, MalformedDataException {
    load(infos);
    for (PathInfo info : infos) {
      sign(info.path(), info.signatures());
    }
  }

  /** Adds signatures to a valid path. */
  synchronized void sign(StorePath path, List<Signature> signatures)
      throws IOException, MalformedDataException {
    if (!signatures.isEmpty()) {
      daemon.call(
          connection -> {
            operations.addSignatures(connection, path, signatures);
            return path;
          });
    }
  }

  private void load(List<PathInfo> infos) throws IOException {
    Process process =
        new ProcessBuilder(command("nix-store", "--load-db")).redirectErrorStream(true).start();
    // It may hang in what it does, and then neither ends nor closes what it writes to.
    try (Watchdog.Guard guard = watchdog.guard(process.toHandle()::destroyForcibly, limit)) {
      StringBuilder lines = new StringBuilder();
      infos.forEach(info -> describe(info, lines));
      byte[] input = lines.toString().getBytes(StandardCharsets.UTF_8);
      // Another thread: who writes all before he reads may wait for ever.
      Thread.ofVirtual().name("nix-store-input").start(() -> give(process, input));
      String said = lastWords(process.getInputStream());
      int status = status(process);
      if (guard.expired()) {
        throw new DaemonException(
            "Nix was stopped: it had not registered in " + limit.toSeconds() + " s");
      }
      if (status != 0) {
        throw new DaemonException("Nix did not register what was put into its store: " + said);
      }
    } finally {
      process.destroyForcibly();
    }
  }

  /** Waits to the end, even when interrupted: only then it is known what was registered. */
  private static int status(Process process) {
    boolean interrupted = false;
    while (true) {
      try {
        int status = process.waitFor();
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
        return status;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
  }

  /** In a session of its own, where there is that: the user's Ctrl-C is for us to act on. */
  private List<String> command(String program, String action) {
    List<String> command = new ArrayList<>();
    if (Files.isExecutable(SETSID)) {
      command.add(SETSID.toString());
    }
    command.addAll(List.of(programs.resolve(program).toString(), action, "--store", storeUri));
    return command;
  }

  private static void give(Process process, byte[] input) {
    try (OutputStream out = process.getOutputStream()) {
      out.write(input);
    } catch (IOException e) {
      // It has ended, and its status says how.
      return;
    }
  }

  private static String lastWords(InputStream in) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    byte[] piece = new byte[MAX_LAST_WORDS];
    for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
      if (all.size() < MAX_LAST_WORDS) {
        all.write(piece, 0, n);
      }
    }
    return PlainText.of(all.toString(StandardCharsets.UTF_8));
  }

  /** The lines of one path: its NAR's hash and size, its deriver, its references. */
  private void describe(PathInfo info, StringBuilder lines) {
    lines.append(info.path().in(storeDir)).append('\n');
    lines.append(info.narHash().hex()).append('\n');
    lines.append(info.narSize()).append('\n');
    lines.append(info.deriver().map(path -> path.in(storeDir)).orElse("")).append('\n');
    lines.append(info.references().size()).append('\n');
    info.references().forEach(path -> lines.append(path.in(storeDir)).append('\n'));
  }

  /** Ends the temporary roots. */
  @Override
  public void close() throws IOException {
    try {
      daemon.close();
    } finally {
      watchdog.close();
    }
  }
}
