package spindrift.nix;

import java.util.Optional;

/** How the path of one output of a derivation comes about. */
public sealed interface DerivationOutput {
  /** Computed from the derivation. */
  record InputAddressed(StorePath path) implements DerivationOutput {}

  /** Computed from the content, which is stated beforehand. */
  record Fixed(StorePath path, ContentAddress ca) implements DerivationOutput {}

  /** Computed from the content once it is there. */
  record Floating(ContentAddress.Method method, HashAlgorithm algorithm)
      implements DerivationOutput {}

  /** To be computed from the derivation once its inputs' content-addressed outputs are there. */
  record Deferred() implements DerivationOutput {}

  /** Computed from the content, which may be another one each time; never kept. */
  record Impure(ContentAddress.Method method, HashAlgorithm algorithm)
      implements DerivationOutput {}

  /** The path, where it is known before the build. */
  default Optional<StorePath> knownPath() {
    return switch (this) {
      case InputAddressed output -> Optional.of(output.path());
      case Fixed output -> Optional.of(output.path());
      case Floating ignored -> Optional.empty();
      case Deferred ignored -> Optional.empty();
      case Impure ignored -> Optional.empty();
    };
  }
}
