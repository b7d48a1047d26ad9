package spindrift.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import spindrift.base.ConfigException;
import spindrift.base.FaultException;
import spindrift.node.NodeConfig;

/** Which node a command is about. */
final class NodeOptions {
  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = {
        "The node's data directory. Default:",
        "$$SPINDRIFT_DATA, or else /var/lib/spindrift for root",
        "and ~/.local/share/spindrift for others."
      })
  private @Nullable Path data;

  @Option(
      names = "--store",
      paramLabel = "STORE",
      description =
          "The Nix store: auto (this machine's), none, the folder of a chroot store, or"
              + " unix:SOCKET of a Nix daemon. Default: auto.")
  private @Nullable String store;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "A TOML file with the settings of 'spindrift up'; options come first.")
  private @Nullable Path config;

  /** The configuration that file and options give. */
  NodeConfig config() throws IOException, ConfigException {
    NodeConfig result = NodeConfig.defaults();
    if (config != null) {
      result = result.withFile(config);
    }
    if (data != null) {
      result = result.withData(data);
    }
    return store != null ? result.withStore(store) : result;
  }

  /** The node that runs there, or its data directory opened in this process. */
  NodeSession open(NodeSession.Absence absence) throws IOException, FaultException {
    return NodeSession.open(config(), Optional.ofNullable(store), absence);
  }
}
