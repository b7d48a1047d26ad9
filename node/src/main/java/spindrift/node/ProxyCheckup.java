package spindrift.node;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whether a proxy would be asked for the node, which then cannot be reached; and whether one is of
 * a kind that the node cannot use.
 *
 * @param variables of the process, which Nix's are like
 */
record ProxyCheckup(Map<String, String> variables) implements Checkup {
  private static final List<String> NAMES =
      List.of("http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY");

  private static final Pattern KIND = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*)://");

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
                "Nix would ask the proxy " + withoutLogin(proxy) + " for the node",
                "no_proxy=127.0.0.1,localhost, also in the service of nix-daemon"));
  }

  /** What else is spoken to a proxy than HTTP in the clear is nothing that the node speaks. */
  private void checkKind(String name, Consumer<Finding> findings) {
    String value = variables.getOrDefault(name, "");
    Matcher kind = KIND.matcher(value);
    if (kind.lookingAt() && !kind.group(1).equalsIgnoreCase("http")) {
      findings.accept(
          Finding.problem(
              "proxy",
              name
                  + " names a proxy that is spoken to by "
                  + kind.group(1)
                  + ", which the node cannot: what would go through it fails",
              name + "=http://HOST:PORT; many SOCKS proxies have a port for HTTP, too"));
    }
  }

  private static String withoutLogin(String proxy) {
    Matcher kind = KIND.matcher(proxy);
    int start = kind.lookingAt() ? kind.end() : 0;
    return proxy.substring(0, start) + proxy.substring(Math.max(start, proxy.lastIndexOf('@') + 1));
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
