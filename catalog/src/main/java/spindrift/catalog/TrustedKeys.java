package spindrift.catalog;

import java.util.List;
import java.util.Optional;
import spindrift.nix.NarInfo;
import spindrift.nix.PublicKey;
import spindrift.nix.StoreDir;

/** The first trust gate: narinfos from elsewhere are used only if one of these keys signed them. */
public record TrustedKeys(List<PublicKey> keys) {
  public TrustedKeys {
    keys = List.copyOf(keys);
  }

  /**
   * The narinfo with the signatures that are right by these keys and no others; empty where none
   * is, or where it is content-addressed by another path than its own.
   */
  public Optional<NarInfo> accept(NarInfo info, StoreDir storeDir) {
    throw new UnsupportedOperationException("TODO");
  }
}
