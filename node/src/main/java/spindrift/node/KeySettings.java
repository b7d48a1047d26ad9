package spindrift.node;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import spindrift.base.ConfigException;
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
    for (String text : texts) {
      try {
        all.add(PublicKey.parse(text.strip()));
      } catch (MalformedDataException e) {
        // The text is not quoted: it may be a secret key in the wrong place.
        throw new ConfigException(
            setting + ": want NAME:BASE64 as in trusted-public-keys (" + e.getMessage() + ")");
      }
    }
    return new KeySettings(all, defaults);
  }

  KeySettings withDefaults(Defaults changed) {
    return new KeySettings(keys, changed);
  }

  /** The default keys, unless they were dropped, and those that were named; each once. */
  List<PublicKey> all(List<PublicKey> usual) {
    Set<PublicKey> all = new LinkedHashSet<>();
    if (defaults == Defaults.KEPT) {
      all.addAll(usual);
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
