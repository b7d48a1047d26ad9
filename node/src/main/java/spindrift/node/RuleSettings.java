package spindrift.node;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import spindrift.base.Bytes;
import spindrift.base.ConfigException;
import spindrift.catalog.TrustPolicy;
import spindrift.catalog.TrustRule;
import spindrift.catalog.TrustRules;
import spindrift.nix.PublicKey;
import spindrift.nix.StoreDir;

/**
 * How many keys have to agree before a path is used, and for which paths and sources it is
 * otherwise.
 *
 * @param quorum keys that must have signed the same where no rule says otherwise, 1 or more
 * @param rules of which the first that matches counts
 */
public record RuleSettings(int quorum, List<TrustRule> rules) {
  static final String QUORUM_KEY = "trust.quorum";
  static final String RULE_KEY = "trust.rule";

  /** Any trusted key is enough, for everything. */
  static final RuleSettings DEFAULTS = new RuleSettings(1, List.of());

  public RuleSettings {
    rules = List.copyOf(rules);
  }

  RuleSettings withQuorum(String number) throws ConfigException {
    return new RuleSettings(quorum(QUORUM_KEY, number), rules);
  }

  /**
   * Reads how many keys must agree.
   *
   * @param setting for the message
   */
  static int quorum(String setting, String number) throws ConfigException {
    try {
      int parsed = Integer.parseInt(number.strip());
      if (parsed > 0) {
        return parsed;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw new ConfigException(setting, number, "want a number of keys, 1 or more");
  }

  RuleSettings withMore(List<TrustRule> more) {
    List<TrustRule> all = new ArrayList<>(rules);
    all.addAll(more);
    return new RuleSettings(quorum, all);
  }

  /**
   * The trust gate of a node.
   *
   * @param keys whom the owner trusts for everything
   * @param upstreamKeys for each upstream's URL the keys that its own table names, as they stand
   *     there
   * @throws ConfigException when more keys are asked for than there are, so that nothing would ever
   *     be accepted
   */
  TrustPolicy policy(KeySettings keys, Map<String, List<String>> upstreamKeys, StoreDir storeDir)
      throws ConfigException {
    Map<String, List<PublicKey>> upstreams = new HashMap<>();
    for (Map.Entry<String, List<String>> upstream : upstreamKeys.entrySet()) {
      upstreams.put(
          upstream.getKey(),
          KeySettings.parse("keys of upstream " + upstream.getKey(), upstream.getValue()));
    }
    upstreams.values().removeIf(List::isEmpty);
    List<PublicKey> usual = trustedKeys(keys);
    List<PublicKey> anybody = new ArrayList<>(usual);
    upstreams.values().forEach(anybody::addAll);
    require(QUORUM_KEY, quorum, anybody, "trust.keys");
    for (TrustRule rule : rules) {
      if (rule.accept() == TrustRule.Accept.ANY || rule.accept() == TrustRule.Accept.SIGNED) {
        require(rule.name(), rule.quorum().orElse(quorum), rule.keys().orElse(anybody), "its keys");
      }
    }
    return new TrustPolicy(new TrustRules(usual, quorum, rules, upstreams), storeDir);
  }

  private static void require(String setting, int quorum, List<PublicKey> keys, String remedy)
      throws ConfigException {
    Set<Bytes> different = new HashSet<>();
    keys.forEach(key -> different.add(key.bytes()));
    // With one that nobody can reach, a node uses what is content-addressed alone: that may be.
    if (quorum > 1 && quorum > different.size()) {
      throw new ConfigException(
          setting
              + ": asks for "
              + quorum
              + " keys where only "
              + different.size()
              + " count; name more in "
              + remedy);
    }
  }

  /** The keys that count by a configuration. */
  static List<PublicKey> trustedKeys(KeySettings keys) {
    return keys.all(RuleSettings::usuallyTrusted);
  }

  private static List<PublicKey> usuallyTrusted() {
    List<PublicKey> keys = new ArrayList<>(NixConf.trustedKeys());
    keys.add(KeySettings.nixosCache());
    return keys;
  }
}
