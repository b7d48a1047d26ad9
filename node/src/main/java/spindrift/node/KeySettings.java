package spindrift.node;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import spindrift.base.ConfigException;
import spindrift.base.Excerpt;
import spindrift.base.MalformedDataException;
import spindrift.nix.PublicKey;

/**
 * Public keys for one purpose.
 *
 * @param keys that the owner named
 * @param defaults whether those that everybody has count beside them
 */
public record KeySettings(List<PublicKey> keys, Defaults defaults) {
  /** The key of the public cache, which Nix trusts unless told otherwise. */
  static final String NIXOS_CACHE =
      "cache.nixos.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY=";

  static final KeySettings DEFAULTS = new KeySettings(List.of(), Defaults.KEPT);

  /** What becomes of the keys that everybody has. */
  public enum Defaults {
    KEPT,
    DROPPED
  }

  public KeySettings {
    keys = List.copyOf(keys);
  }

  /**
   * With more keys.
   *
   * @param setting for the message
   */
  KeySettings withMore(String setting, List<String> texts) throws ConfigException {
    List<PublicKey> all = new ArrayList<>(keys);
    all.addAll(parse(setting, texts));
    return new KeySettings(all, defaults);
  }

  /**
   * Reads keys.
   *
   * @param setting for the message
   */
  static List<PublicKey> parse(String setting, List<String> texts) throws ConfigException {
    List<PublicKey> all = new ArrayList<>();
    for (String text : texts) {
      try {
        all.add(PublicKey.parse(text.strip()));
      } catch (MalformedDataException e) {
        throw new ConfigException(
            setting
                + ": "
                + nameOf(text)
                + " is no public key; want NAME:BASE64 as in trusted-public-keys and as 'spindrift"
                + " key public' prints");
      }
    }
    return all;
  }

  /** What may be shown of a text that may be a secret key in the wrong place. */
  static String nameOf(String text) {
    int colon = text.indexOf(':');
    return colon < 0 ? "what has no colon" : Excerpt.of(text.substring(0, colon));
  }

  KeySettings withDefaults(Defaults changed) {
    return new KeySettings(keys, changed);
  }

  /** The default keys, unless they were dropped, and those that were named; each once. */
  List<PublicKey> all(Supplier<List<PublicKey>> usual) {
    Set<PublicKey> all = new LinkedHashSet<>();
    if (defaults == Defaults.KEPT) {
      all.addAll(usual.get());
    }
    all.addAll(keys);
    return List.copyOf(all);
  }

  /** {@link #NIXOS_CACHE}. */
  static PublicKey nixosCache() {
    try {
      return PublicKey.parse(NIXOS_CACHE);
    } catch (MalformedDataException e) {
      throw new IllegalStateException(e);
    }
  }
}
