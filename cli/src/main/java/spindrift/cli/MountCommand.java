package spindrift.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import spindrift.base.ConfigException;
import spindrift.base.MalformedDataException;
import spindrift.fuse.MountOptions;
import spindrift.mount.MountSettings;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;
import spindrift.node.Mounted;
import spindrift.node.NodeConfig;

/** {@code spindrift mount}. */
@Command(
    name = "mount",
    description = {
      "Show store paths as files without downloading them.",
      "",
      "Contents come when they are read, block by block, from wherever the node finds them: the"
          + " local store, its blocks, peers, upstreams. It needs a node that runs ('spindrift"
          + " up'), waits for one that restarts, and runs in the foreground until it is unmounted"
          + " (Ctrl-C, or 'spindrift umount').",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  spindrift mount /mnt/store --all",
      "  spindrift mount /mnt/git /nix/store/HASH-git --background",
      "  spindrift umount /mnt/git"
    })
final class MountCommand extends TerminalCommand implements Callable<Integer> {
  /** Ours: what is mapped into memory comes with this much around it. */
  private static final int READ_AHEAD_KIB = 1024;

  @Parameters(index = "0", paramLabel = "DIR", description = "An empty directory.")
  private @Nullable Path directory;

  @Parameters(
      index = "1..*",
      paramLabel = "STOREPATH",
      description = "Paths to show, with all that they refer to.")
  private List<String> paths = List.of();

  @Option(
      names = "--all",
      description = "Show every path that the node has, and find others when they are named.")
  private boolean all;

  @Option(
      names = "--allow-other",
      description = "Let all users of this machine see it; else only you do, and not even root.")
  private boolean allowOther;

  @Option(
      names = "--require-proof",
      description =
          "Show a path only once its whole NAR was fetched and hashed, in the background; until"
              + " then it is refused (EAGAIN).")
  private boolean requireProof;

  @Option(
      names = "--record",
      paramLabel = "FILE",
      description = "Note in this file which blocks are read.")
  private @Nullable Path record;

  @Option(
      names = "--warm",
      paramLabel = "FILE",
      description = "Fetch first what such a file names.")
  private @Nullable Path warm;

  @Option(
      names = "--wait",
      paramLabel = "SECONDS",
      description = "How long a reader waits for what does not come. Default: 60.")
  private int wait = (int) MountSettings.PATIENCE.toSeconds();

  @Option(
      names = "--background",
      description = "Return when it is mounted, and print the process's number.")
  private boolean background;

  @Mixin private final NodeOptions node = new NodeOptions();

  MountCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  public Integer call() throws Exception {
    if (all == !paths.isEmpty()) {
      throw new ConfigException("mount: name store paths, or say --all, and not both");
    }
    NodeConfig config = node.config();
    if (Files.exists(config.data()) && !Files.isWritable(config.data())) {
      throw new ConfigException(
          "data", config.data().toString(), "the node is another user's; only its owner may mount");
    }
    if (background) {
      return BackgroundProcess.start("--background", config.data().resolve("mounts"), terminal());
    }
    LogLines.informBehind(terminal().err());
    try (Mounted mounted = Mounted.start(config.data(), settings(), options());
        StopOnSignal _ = StopOnSignal.install(mounted, terminal())) {
      terminal().out().println(readyLine(mounted));
      terminal().flush();
      mounted.awaitEnd();
    } finally {
      LogLines.flushAll();
    }
    return ExitCode.DONE;
  }

  private static String readyLine(Mounted mounted) {
    return "mounted "
        + mounted.directory()
        + " paths="
        + mounted.paths()
        + " pid="
        + ProcessHandle.current().pid();
  }

  private MountSettings settings() throws ConfigException {
    if (wait < 1 || wait > 3600) {
      throw new ConfigException("wait", Integer.toString(wait), "want 1 to 3600 seconds");
    }
    List<StorePath> roots = new ArrayList<>();
    for (String path : paths) {
      roots.add(storePath(NodeCommand.resolved(path)));
    }
    return new MountSettings(
        roots,
        requireProof ? MountSettings.Demand.PROVED_VIEW : MountSettings.Demand.ANY_VIEW,
        Duration.ofSeconds(wait),
        Optional.ofNullable(record),
        Optional.ofNullable(warm));
  }

  private static StorePath storePath(String text) throws ConfigException {
    String inStore = StoreDir.DEFAULT.path() + "/";
    String baseName = text.startsWith(inStore) ? text.substring(inStore.length()) : text;
    int slash = baseName.indexOf('/');
    try {
      return StorePath.ofBaseName(slash < 0 ? baseName : baseName.substring(0, slash));
    } catch (MalformedDataException e) {
      throw new ConfigException("store path", text, "want " + inStore + "HASH-NAME");
    }
  }

  private MountOptions options() throws IOException {
    Path where = java.util.Objects.requireNonNull(directory);
    MountOptions usual = MountOptions.at(where);
    MountOptions options =
        new MountOptions(where, usual.source(), usual.flags(), usual.way(), READ_AHEAD_KIB);
    return allowOther ? options.with(MountOptions.Flag.ALLOW_OTHER) : options;
  }
}
