package spindrift.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import spindrift.base.ConfigException;
import spindrift.node.Node;
import spindrift.node.NodeConfig;

/** {@code spindrift up}. */
@Command(
    name = "up",
    description = {
      "Run a node.",
      "",
      "It runs in the foreground until it is stopped (Ctrl-C). When it serves it prints one line"
          + " that begins with 'ready'.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  spindrift up",
      "  spindrift up --store none --data /srv/cache --quota 50G --listen 0.0.0.0:7745",
      "",
      "A configuration file has the same settings:",
      "  listen = \"127.0.0.1:7745\"",
      "  data = \"/srv/cache\"",
      "  store = \"auto\"",
      "  writable = false",
      "  sign-key = \"cache.sec\"",
      "  quota = \"50G\""
    })
final class UpCommand extends TerminalCommand implements Callable<Integer> {
  @Option(
      names = "--listen",
      paramLabel = "HOST:PORT",
      description = "Where HTTP listens; port 0 takes a free one. Default: 127.0.0.1:7745.")
  private @Nullable String listen;

  @Option(
      names = "--writable",
      description =
          "Whoever reaches the port may push. Default: only with the token in DATA/token.")
  private boolean writable;

  @Option(
      names = "--sign-key",
      paramLabel = "FILE",
      description = "Sign what is served with this secret key; 'spindrift key generate' makes one.")
  private @Nullable Path signKey;

  @Option(
      names = "--quota",
      paramLabel = "SIZE",
      description = "Keep at most so many bytes of blocks, such as 500M or 50G; pins stay.")
  private @Nullable String quota;

  @Mixin private final NodeOptions node = new NodeOptions();

  UpCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  public Integer call() throws Exception {
    NodeConfig config = config();
    LogLines.informTo(terminal().err());
    try (Node running = Node.start(config)) {
      try (StopOnSignal _ = StopOnSignal.install(running, terminal())) {
        terminal().out().println(running.readyLine());
        terminal().flush();
        running.awaitStop();
      }
    }
    return ExitCode.DONE;
  }

  private NodeConfig config() throws IOException, ConfigException {
    NodeConfig config = node.config();
    if (listen != null) {
      config = config.withListen(listen);
    }
    if (writable) {
      config = config.withUploads(NodeConfig.Uploaders.ANYBODY);
    }
    if (signKey != null) {
      config = config.withSignKey(signKey);
    }
    return quota != null ? config.withQuota(quota) : config;
  }
}
