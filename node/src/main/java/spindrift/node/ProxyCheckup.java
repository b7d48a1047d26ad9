package spindrift.node;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Whether a proxy would be asked for the node, which then cannot be reached; and whether one is of
 * a kind that the node cannot use.
 *
 * @param variables of the process, which Nix's are like
 */
record ProxyCheckup(Map<String, String> variables) implements Checkup {
  private static final List<String> NAMES =
      List.of("http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY");

  @Override
  public void run(Consumer<Finding> findings) {
    NAMES.forEach(name -> checkKind(name, findings));
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
                "Nix would ask the proxy " + proxy.replaceFirst("//.*@", "//") + " for the node",
                "no_proxy=127.0.0.1,localhost, also in the service of nix-daemon"));
  }

  /** What else is spoken to a proxy than HTTP in the clear is nothing that the node speaks. */
  private void checkKind(String name, Consumer<Finding> findings) {
    String value = variables.getOrDefault(name, "");
    int end = value.indexOf("://");
    if (end > 0 && !value.startsWith("http://")) {
      findings.accept(
          Finding.problem(
              "proxy",
              name
                  + " names a proxy that is spoken to by "
                  + value.substring(0, end)
                  + ", which the node cannot: what would go through it fails",
              name + "=http://HOST:PORT; many SOCKS proxies have a port for HTTP, too"));
    }
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
