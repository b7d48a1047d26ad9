package spindrift.nix;

import java.util.List;
import spindrift.base.Bytes;

/**
 * What a signature of a store object signs: {@code 1;<path>;sha256:<nix32>;<NAR size>;<references,
 * comma between>}, with full paths, references sorted.
 */
final class Fingerprint {
  private Fingerprint() {}

  /** The signed text; the references must be sorted. */
  static Bytes of(
      StoreDir store, StorePath path, NixHash narHash, long narSize, List<StorePath> references) {
    StringBuilder text = new StringBuilder("1;").append(path.in(store));
    text.append(';').append(narHash.prefixedNix32()).append(';').append(narSize).append(';');
    String comma = "";
    for (StorePath reference : references) {
      text.append(comma).append(reference.in(store));
      comma = ",";
    }
    return Bytes.utf8(text.toString());
  }
}
