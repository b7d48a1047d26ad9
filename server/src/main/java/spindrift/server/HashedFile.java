package spindrift.server;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import spindrift.base.MalformedDataException;
import spindrift.nix.HashAlgorithm;
import spindrift.nix.NixHash;

/**
 * How fetchers ask a mirror for a file by its hash.
 *
 * <ul>
 *   <li>Nix's own {@code builtin:fetchurl}, with the setting {@code hashed-mirrors}: {@code
 *       /sha256/<lower-case hexadecimal>}.
 *   <li>The {@code fetchurl} of Nixpkgs, with the variable {@code NIX_HASHED_MIRRORS}: {@code
 *       /<outputHashAlgo>/<outputHash>}, the hash as it was written. Where it was written as SRI
 *       there is no algorithm: {@code //sha256-<base64>}, and base64 may have slashes. What stands
 *       between may have made one slash of two.
 * </ul>
 */
final class HashedFile {
  private static final String ALGORITHM = "sha256|sha512|sha1|md5";

  /** No dots: nothing of this form leads up or out. */
  private static final Pattern FORM =
      Pattern.compile("/(?:(%1$s)?/)?(?:(%1$s)[-:])?([0-9A-Za-z+/=]{22,128})".formatted(ALGORITHM));

  private HashedFile() {}

  /** Whether a decoded path asks for a file by its hash; the hash may still be malformed. */
  static boolean hasForm(String path) {
    return form(path).isPresent();
  }

  private static Optional<Matcher> form(String path) {
    Matcher matcher = FORM.matcher(path);
    boolean known = matcher.matches() && (matcher.group(1) != null || matcher.group(2) != null);
    return known ? Optional.of(matcher) : Optional.empty();
  }

  /** The hash that a decoded path asks for. */
  static Optional<NixHash> parse(String path) {
    Optional<Matcher> form = form(path);
    if (form.isEmpty()) {
      return Optional.empty();
    }
    String outer = form.get().group(1);
    String inner = form.get().group(2);
    if (outer != null && inner != null && !outer.equals(inner)) {
      return Optional.empty();
    }
    try {
      HashAlgorithm algorithm = HashAlgorithm.parse(outer != null ? outer : inner);
      return Optional.of(NixHash.parse(algorithm, form.get().group(3)));
    } catch (MalformedDataException e) {
      return Optional.empty();
    }
  }
}
