package spindrift.catalog;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import spindrift.nix.PublicKey;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;

/**
 * Whom the owner of a node trusts, and for what.
 *
 * @param keys that count where nothing else is said
 * @param quorum how many keys must have signed the same where nothing else is said, 1 or more
 * @param rules of which the first that matches counts
 * @param upstreamKeys by an upstream's URL: keys that count for what it says, in place of {@code
 *     keys}
 */
public record TrustRules(
    List<PublicKey> keys,
    int quorum,
    List<TrustRule> rules,
    Map<String, List<PublicKey>> upstreamKeys) {

  public TrustRules {
    keys = List.copyOf(keys);
    rules = List.copyOf(rules);
    Map<String, List<PublicKey>> byUrl = new HashMap<>();
    upstreamKeys.forEach((url, theirs) -> byUrl.put(sameUrl(url), List.copyOf(theirs)));
    upstreamKeys = Map.copyOf(byUrl);
    if (quorum < 1) {
      throw new IllegalArgumentException("a quorum of " + quorum);
    }
  }

  /** Any one of some keys is enough, for everything. */
  public static TrustRules anyOf(List<PublicKey> keys) {
    return new TrustRules(keys, 1, List.of(), Map.of());
  }

  /** What holds for one path and one source. */
  record Terms(String name, Set<PublicKey> keys, int quorum, TrustRule.Accept accept) {}

  Terms terms(StorePath path, String source, StoreDir store) {
    String url = sameUrl(source);
    Optional<TrustRule> rule =
        rules.stream()
            .filter(each -> isAbout(each, path, store))
            .filter(each -> each.upstream().isEmpty() || each.upstream().get().equals(url))
            .findFirst();
    List<PublicKey> counting =
        rule.flatMap(TrustRule::keys).orElseGet(() -> upstreamKeys.getOrDefault(url, keys));
    return new Terms(
        rule.map(TrustRule::name).orElse("trust.quorum"),
        new LinkedHashSet<>(counting),
        rule.map(TrustRule::quorum).flatMap(TrustRules::boxed).orElse(quorum),
        rule.map(TrustRule::accept).orElse(TrustRule.Accept.ANY));
  }

  /** All keys that could count for a path, whoever may say something of it. */
  Set<PublicKey> keysFor(StorePath path, StoreDir store) {
    Set<PublicKey> all = new LinkedHashSet<>();
    for (TrustRule rule : reachableRules(path, store)) {
      if (rule.accept().takesSigned()) {
        all.addAll(rule.keys().orElseGet(() -> usualKeys(rule.upstream())));
      }
    }
    if (reachableRules(path, store).stream().noneMatch(rule -> rule.upstream().isEmpty())) {
      all.addAll(usualKeys(Optional.empty()));
    }
    return all;
  }

  /** The least quorum that there could be for a path, whoever may say something of it. */
  int quorumFor(StorePath path, StoreDir store) {
    List<TrustRule> reachable = reachableRules(path, store);
    boolean isAnyElse = reachable.stream().noneMatch(rule -> rule.upstream().isEmpty());
    int least = isAnyElse ? quorum : Integer.MAX_VALUE;
    for (TrustRule rule : reachable) {
      if (rule.accept().takesSigned()) {
        least = Math.min(least, rule.quorum().orElse(quorum));
      }
    }
    return least;
  }

  /** Every key that is named anywhere. */
  Set<PublicKey> allKeys() {
    Set<PublicKey> all = new LinkedHashSet<>(keys);
    upstreamKeys.values().forEach(all::addAll);
    rules.stream().map(TrustRule::keys).flatMap(Optional::stream).forEach(all::addAll);
    return all;
  }

  private List<PublicKey> usualKeys(Optional<String> upstream) {
    if (upstream.isPresent()) {
      return upstreamKeys.getOrDefault(upstream.get(), keys);
    }
    List<PublicKey> all = new ArrayList<>(keys);
    upstreamKeys.values().stream().flatMap(Collection::stream).forEach(all::add);
    return all;
  }

  /** Those about a path, up to the first that is about whatever source says something. */
  private List<TrustRule> reachableRules(StorePath path, StoreDir store) {
    List<TrustRule> reachable = new ArrayList<>();
    for (TrustRule rule : rules) {
      if (isAbout(rule, path, store)) {
        reachable.add(rule);
        if (rule.upstream().isEmpty()) {
          break;
        }
      }
    }
    return reachable;
  }

  private static boolean isAbout(TrustRule rule, StorePath path, StoreDir store) {
    return rule.paths().isEmpty() || rule.paths().get().matches(path, store);
  }

  private static Optional<Integer> boxed(OptionalInt number) {
    return number.isPresent() ? Optional.of(number.getAsInt()) : Optional.empty();
  }

  /**
   * One form of all URLs that mean the same cache: without credentials, query and a slash at the
   * end, scheme and host in small letters. What is no URL stays as it is.
   */
  static String sameUrl(String text) {
    try {
      URI url = new URI(text);
      if (url.getScheme() == null || url.getRawPath() == null) {
        return text;
      }
      String host = url.getHost() == null ? "" : url.getHost().toLowerCase(Locale.ROOT);
      String scheme = url.getScheme().toLowerCase(Locale.ROOT);
      boolean isUsual =
          (scheme.equals("https") && url.getPort() == 443)
              || (scheme.equals("http") && url.getPort() == 80);
      String port = url.getPort() < 0 || isUsual ? "" : ":" + url.getPort();
      return scheme + "://" + host + port + url.getRawPath().replaceFirst("/+$", "");
    } catch (URISyntaxException e) {
      return text;
    }
  }
}
