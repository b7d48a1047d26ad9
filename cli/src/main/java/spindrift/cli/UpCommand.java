package spindrift.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import spindrift.base.ConfigException;
import spindrift.node.FetchOptions;
import spindrift.node.Node;
import spindrift.node.NodeConfig;
import spindrift.node.PeerSettings;

/** {@code spindrift up}. */
@Command(
    name = "up",
    description = {
      "Run a node.",
      "",
      "It runs in the foreground until it is stopped (Ctrl-C). When it serves it prints one line"
          + " that begins with 'ready'. It finds other nodes on the local network by itself, gets"
          + " from them what Nix asks for and is not here, and gives them what is public: paths"
          + " signed by cache.nixos.org, and what 'spindrift share' names.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  spindrift up",
      "  spindrift up --store none --data /srv/cache --quota 50G --listen 0.0.0.0:7745",
      "  spindrift up --peer /dns/cache.example.org/tcp/7746 --upload-limit 10M",
      "",
      "A configuration file has the same settings:",
      "  listen = \"127.0.0.1:7745\"",
      "  data = \"/srv/cache\"",
      "  store = \"auto\"",
      "  writable = false",
      "  sign-key = \"cache.sec\"",
      "  quota = \"50G\"",
      "  upstreams = [\"https://cache.nixos.org\"]  # or \"none\", or tables [[upstreams]]",
      "  [p2p]",
      "  listen = [\"/ip4/0.0.0.0/tcp/7746\"]  # or \"none\"",
      "  peers = [\"/dns/cache.example.org/tcp/7746\"]",
      "  mdns = true",
      "  upload-limit = \"10M\"               # bytes a second",
      "  [trust]",
      "  keys = [\"example-1:BASE64\"]",
      "  defaults = true                    # false: only these keys",
      "  quorum = 1                         # so many must have signed the same",
      "  [share]",
      "  keys = [\"example-1:BASE64\"]",
      "  defaults = true",
      "  [sources]",
      "  mirrors = [\"https://tarballs.nixos.org\"]"
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

  @Option(
      names = "--p2p-listen",
      paramLabel = "MULTIADDR",
      description =
          "Where peers can connect, such as /ip4/0.0.0.0/tcp/7746; may be given several times."
              + " 'none' switches peer-to-peer off. Default: port 7746 on all interfaces, or a"
              + " free port where that is taken.")
  private List<String> p2pListen = List.of();

  @Option(
      names = "--peer",
      paramLabel = "MULTIADDR",
      description =
          "A node to keep connected with, such as /ip4/192.0.2.1/tcp/7746, with or without /p2p/ID;"
              + " may be given several times.")
  private List<String> peers = List.of();

  @Option(
      names = "--no-mdns",
      description = "Do not look for nodes on the local network, and do not be found there.")
  private boolean noMdns;

  @Option(
      names = "--upstream",
      paramLabel = "URL",
      description =
          "A binary cache to ask, as Nix writes it in 'substituters'; may be given several times."
              + " 'none' alone for none. Default: https://cache.nixos.org.")
  private List<String> upstreams = List.of();

  @Option(
      names = "--gateway",
      paramLabel = "URL",
      description =
          "An IPFS gateway to take single blocks from, each of which is checked; may be given"
              + " several times.")
  private List<String> gateways = List.of();

  @Option(
      names = "--ca-file",
      paramLabel = "FILE",
      description = "Believe also the certificate authorities in this PEM file.")
  private @Nullable Path caFile;

  @Option(
      names = "--keep",
      description =
          "Keep the blocks of what passes, up to the quota, for peers and for later: for a machine"
              + " that is a cache for others.")
  private boolean keep;

  @Option(
      names = "--trusted-key",
      paramLabel = "NAME:BASE64",
      description =
          "Take from peers what this key signed; may be given several times. Beside it the keys in"
              + " Nix's configuration and that of cache.nixos.org are trusted.")
  private List<String> trustedKeys = List.of();

  @Option(
      names = "--quorum",
      paramLabel = "N",
      description = "Use a path only if so many trusted keys have signed the same. Default: 1.")
  private @Nullable String quorum;

  @Option(
      names = "--share-key",
      paramLabel = "NAME:BASE64",
      description =
          "Give peers what this key signed; may be given several times. Beside it what"
              + " cache.nixos.org signed is given.")
  private List<String> shareKeys = List.of();

  @Option(
      names = "--upload-limit",
      paramLabel = "RATE",
      description =
          "Send all peers together at most so many bytes a second, such as 500K or 10M (not bits)."
              + " Default: no limit.")
  private @Nullable String uploadLimit;

  @Option(
      names = "--mirror",
      paramLabel = "URL",
      description =
          "Where to get sources by their hash that neither this node nor its peers have, such as"
              + " https://tarballs.nixos.org; may be given several times.")
  private List<String> mirrors = List.of();

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
    if (quota != null) {
      config = config.withQuota(quota);
    }
    return withPeers(withUpstreams(config));
  }

  private NodeConfig withUpstreams(NodeConfig before) throws ConfigException {
    NodeConfig config = before.withMoreUpstreams(upstreams).withMoreGateways(gateways);
    if (keep) {
      config = config.withKeeping(FetchOptions.Keeping.KEPT);
    }
    return caFile != null ? config.withCaFile(caFile) : config;
  }

  private NodeConfig withPeers(NodeConfig before) throws ConfigException {
    NodeConfig config =
        before
            .withMorePeers(peers)
            .withMoreTrustedKeys(trustedKeys)
            .withMoreShareKeys(shareKeys)
            .withMoreMirrors(mirrors);
    if (quorum != null) {
      config = config.withQuorum(quorum);
    }
    if (!p2pListen.isEmpty()) {
      config = config.withP2pListen(p2pListen);
    }
    if (noMdns) {
      config = config.withDiscovery(PeerSettings.Discovery.OFF);
    }
    return uploadLimit != null ? config.withUploadLimit(uploadLimit) : config;
  }
}
