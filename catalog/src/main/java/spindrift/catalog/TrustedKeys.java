package spindrift.catalog;

import java.util.List;
import spindrift.nix.PublicKey;

/** Keys of which any one is enough; {@link TrustPolicy} says for what. */
public record TrustedKeys(List<PublicKey> keys) {
  public TrustedKeys {
    keys = List.copyOf(keys);
  }
}
