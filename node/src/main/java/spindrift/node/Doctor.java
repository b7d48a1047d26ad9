package spindrift.node;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import spindrift.base.ConfigException;
import spindrift.base.FaultException;
import spindrift.base.Json;
import spindrift.base.JsonObject;
import spindrift.base.JsonValue;

/**
 * Looks at all that commonly goes wrong with a node and the Nix of its machine, and says how to
 * mend it. Changes nothing but that it takes away mounts whose process is gone. Needs no running
 * node, but finds out more with one.
 */
public final class Doctor {
  private static final Reporter SILENT =
      new Reporter() {
        @Override
        public void item(JsonObject item) {
          // Only results are looked at.
        }

        @Override
        public void report(long done, long total, String what) {
          // Nobody waits for long.
        }
      };

  private final List<Checkup> checkups;

  private Doctor(List<Checkup> checkups) {
    this.checkups = checkups;
  }

  /**
   * One for a node.
   *
   * @param config of the node, as far as it is known
   * @param upstreams more binary caches by others to look at
   * @throws ConfigException when one of those is no URL of a binary cache
   */
  public static Doctor of(
      NodeConfig config, NixSetup.Surroundings surroundings, List<URI> upstreams)
      throws ConfigException {
    Optional<JsonObject> status = status(config);
    Optional<JsonObject> node = status.flatMap(known -> child(known, "node"));
    String url =
        node.flatMap(running -> text(running, "http"))
            .orElseGet(() -> "http://" + config.host() + ":" + config.port());
    WebProbe web = new WebProbe(Duration.ofSeconds(5));
    NixProgram nix = new NixProgram(surroundings.variables());
    return new Doctor(
        List.of(
            new NodeCheckup(config, node, url, web),
            new NixCheckup(surroundings, nix, url, node),
            new DaemonCheckup(config.store()),
            new PortCheckup(config, node),
            new DiscoveryCheckup(config, node),
            new FirewallCheckup(config),
            new MachineCheckup(config, status, node),
            LibraryCheckup.of(node),
            new MountCheckup(new MountRegistry(config.data())),
            new ProxyCheckup(surroundings.variables()),
            UplinkCheckup.OF_LINUX,
            new UpstreamCheckup(config.upstreams().beside(upstreams), distrusted(status)),
            new RoundTripCheckup(config, url, node.isPresent(), web)));
  }

  private static Optional<JsonObject> status(NodeConfig config) {
    try {
      Optional<ControlClient> client = ControlClient.connect(config.data());
      if (client.isEmpty()) {
        return Optional.empty();
      }
      try (ControlClient open = client.get()) {
        return Optional.of(open.run("status", JsonObject.EMPTY, SILENT));
      }
    } catch (IOException | FaultException e) {
      return Optional.empty(); // the check of the node says so
    }
  }

  private static Set<String> distrusted(Optional<JsonObject> status) {
    Set<String> names = new HashSet<>();
    try {
      if (status.isPresent() && status.get().find("distrusted").isPresent()) {
        for (JsonValue name : status.get().items("distrusted")) {
          names.add(Json.asText(name));
        }
      }
    } catch (FaultException e) {
      return Set.of(); // a node of another version
    }
    return names;
  }

  static Optional<JsonObject> child(JsonObject object, String name) {
    try {
      return object.optionalObject(name);
    } catch (FaultException e) {
      return Optional.empty();
    }
  }

  static Optional<String> text(JsonObject object, String name) {
    try {
      return object.optionalText(name);
    } catch (FaultException e) {
      return Optional.empty();
    }
  }

  static long whole(JsonObject object, String name) {
    try {
      return object.find(name).isPresent() ? object.whole(name) : 0;
    } catch (FaultException e) {
      return 0;
    }
  }

  /** Runs all checks one after another, each telling at once what it found. */
  public void examine(Consumer<Finding> findings) {
    checkups.forEach(checkup -> checkup.run(findings));
  }
}
