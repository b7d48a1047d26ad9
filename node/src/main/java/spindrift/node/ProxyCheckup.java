package spindrift.node;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Whether a proxy would be asked for the node, which then cannot be reached.
 *
 * @param variables of the process, which Nix's are like
 */
record ProxyCheckup(Map<String, String> variables) implements Checkup {
  @Override
  public void run(Consumer<Finding> findings) {
    String proxy = first("http_proxy", "all_proxy", "ALL_PROXY");
    if (proxy.isEmpty()) {
      return;
    }
    List<String> exceptions = List.of(first("no_proxy", "NO_PROXY").split("[,\\s]+", -1));
    boolean spared =
        exceptions.contains("*")
            || exceptions.contains("127.0.0.1")
            || exceptions.contains("127.0.0.0/8");
    findings.accept(
        spared
            ? Finding.ok("proxy", "not used for this machine's own addresses")
            : Finding.problem(
                "proxy",
                "Nix would ask the proxy " + proxy + " for the node",
                "no_proxy=127.0.0.1,localhost, also in the service of nix-daemon"));
  }

  private String first(String... names) {
    for (String name : names) {
      String value = variables.getOrDefault(name, "");
      if (!value.isEmpty()) {
        return value;
      }
    }
    return "";
  }
}
