package spindrift.node;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Consumer;
import spindrift.base.FaultException;
import spindrift.base.Json;
import spindrift.base.JsonObject;
import spindrift.base.JsonValue;
import spindrift.node.NixConf.Setting;

/** Whether Nix asks the node, and trusts the same keys. */
record NixCheckup(
    NixSetup.Surroundings surroundings, NixProgram nix, String url, Optional<JsonObject> node)
    implements Checkup {
  private static final String ABOUT = "nix.conf";

  @Override
  public void run(Consumer<Finding> findings) {
    NixConf files = NixConf.of(surroundings.variables(), surroundings.home());
    Optional<Map<String, String>> settings = nix.settings();
    List<String> substituters =
        settings
            .map(all -> words(all.getOrDefault("substituters", "")))
            .orElse(files.values(Setting.SUBSTITUTERS));
    if (settings.isEmpty()) {
      findings.accept(
          Finding.warning(
              "nix",
              "no Nix on the search path that tells its settings; its files were read instead",
              "run this where 'nix config show' works"));
    }
    findings.accept(substituters(substituters));
    settings.ifPresent(all -> settings(all, findings));
    node.ifPresent(running -> keys(files, running, findings));
  }

  private Finding substituters(List<String> substituters) {
    List<String> others = substituters.stream().filter(one -> !isOurs(one)).toList();
    if (others.size() == substituters.size()) {
      return Finding.problem(
          ABOUT,
          "Nix does not ask the node: its substituters are " + shown(substituters),
          "spindrift setup nix");
    }
    if (others.isEmpty()) {
      return Finding.ok(ABOUT, url + " is the one substituter");
    }
    return Finding.warning(
        ABOUT,
        "Nix asks others beside the node, one after another: " + shown(others),
        "give these to the node as upstreams, and let 'spindrift setup nix' make it the only one");
  }

  private static String shown(List<String> urls) {
    return urls.isEmpty() ? "none" : String.join(" ", urls);
  }

  private boolean isOurs(String substituter) {
    String bare = bare(substituter);
    return bare.equals(bare(url)) || bare.replace("//localhost:", "//127.0.0.1:").equals(bare(url));
  }

  private static String bare(String url) {
    return url.replaceFirst("\\?.*$", "").replaceFirst("/+$", "");
  }

  private static List<String> words(String text) {
    return text.isBlank() ? List.of() : List.of(text.strip().split("\\s+", -1));
  }

  private static void settings(Map<String, String> all, Consumer<Finding> findings) {
    if (!all.getOrDefault("fallback", "").equals("true")) {
      findings.accept(
          Finding.warning(
              ABOUT,
              "fallback is off: when a transfer fails in the middle, so does the build",
              "fallback = true; 'spindrift setup nix' sets it"));
    }
    String negative = all.getOrDefault("narinfo-cache-negative-ttl", "3600");
    if (negative.length() > 3) {
      findings.accept(
          Finding.warning(
              ABOUT,
              "Nix remembers for " + negative + " s what nobody had",
              "narinfo-cache-negative-ttl = 30; 'spindrift setup nix' sets it"));
    }
    if (all.getOrDefault("substitute", "true").equals("false")) {
      findings.accept(Finding.problem(ABOUT, "Nix builds everything itself", "substitute = true"));
    }
  }

  /** By name: what two sides call the same is seldom another. */
  private static void keys(NixConf files, JsonObject node, Consumer<Finding> findings) {
    TreeSet<String> nix = new TreeSet<>();
    files.values(Setting.TRUSTED_PUBLIC_KEYS).forEach(key -> nix.add(key.replaceFirst(":.*", "")));
    TreeSet<String> own = new TreeSet<>();
    try {
      for (JsonValue name :
          node.find("trustedKeys").isPresent() ? node.items("trustedKeys") : List.<JsonValue>of()) {
        own.add(Json.asText(name));
      }
    } catch (FaultException e) {
      return; // another version of the node says it otherwise
    }
    TreeSet<String> onlyNix = new TreeSet<>(nix);
    onlyNix.removeAll(own);
    TreeSet<String> onlyNode = new TreeSet<>(own);
    onlyNode.removeAll(nix);
    if (own.isEmpty()) {
      return;
    }
    if (!onlyNix.isEmpty()) {
      findings.accept(
          Finding.warning(
              "keys",
              "Nix trusts keys that the node does not: " + String.join(" ", onlyNix),
              "restart the node, which reads nix.conf when it starts, or add them with"
                  + " --trusted-key"));
    }
    if (!onlyNode.isEmpty()) {
      findings.accept(
          Finding.warning(
              "keys",
              "the node trusts keys that Nix does not: " + String.join(" ", onlyNode),
              "add them to trusted-public-keys, or Nix refuses what they signed"));
    }
    if (onlyNix.isEmpty() && onlyNode.isEmpty()) {
      findings.accept(Finding.ok("keys", "Nix and the node trust " + String.join(" ", own)));
    }
  }
}
