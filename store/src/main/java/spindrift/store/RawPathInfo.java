package spindrift.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import spindrift.base.MalformedDataException;
import spindrift.nix.ContentAddress;
import spindrift.nix.HashAlgorithm;
import spindrift.nix.NixHash;
import spindrift.nix.PathInfo;
import spindrift.nix.Signature;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;

/** Path info as Nix writes it down: full paths and texts, blank where something is not known. */
record RawPathInfo(
    String narHash,
    long narSize,
    List<String> references,
    String deriver,
    List<String> signatures,
    String ca,
    boolean ultimate,
    long registrationTime) {
  private static final String FORMAT = "path info";

  PathInfo parse(StoreDir store, StorePath path) throws MalformedDataException {
    List<StorePath> parsed = new ArrayList<>(references.size());
    for (String reference : references) {
      parsed.add(StorePath.parse(store, reference));
    }
    Optional<StorePath> from =
        deriver.isEmpty() ? Optional.empty() : Optional.of(StorePath.parse(store, deriver));
    NixHash hash =
        narHash.contains(":")
            ? NixHash.parse(narHash)
            : NixHash.parse(HashAlgorithm.SHA256, narHash);
    try {
      return new PathInfo(
          path,
          hash,
          narSize,
          parsed,
          from,
          known(signatures),
          knownAddress(),
          ultimate ? PathInfo.Origin.BUILT_HERE : PathInfo.Origin.ELSEWHERE,
          registrationTime);
    } catch (IllegalArgumentException e) {
      throw new MalformedDataException(FORMAT, -1, path + ": " + e.getMessage());
    }
  }

  /** A signature of a kind that we do not know proves nothing to us, and must not hide the path. */
  private static List<Signature> known(List<String> texts) {
    return texts.stream().flatMap(text -> signature(text).stream()).toList();
  }

  private static Optional<Signature> signature(String text) {
    try {
      return Optional.of(Signature.parse(text));
    } catch (MalformedDataException e) {
      return Optional.empty();
    }
  }

  /** Likewise: without its content address an object merely needs a signature. */
  private Optional<ContentAddress> knownAddress() {
    try {
      return ca.isEmpty() ? Optional.empty() : Optional.of(ContentAddress.parse(ca));
    } catch (MalformedDataException e) {
      return Optional.empty();
    }
  }
}
