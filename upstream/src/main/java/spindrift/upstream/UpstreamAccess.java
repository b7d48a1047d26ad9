package spindrift.upstream;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * An upstream and what it takes to be let in. The files are read when the upstream is opened.
 *
 * @param priority comes before that of the URL and that of the upstream's {@code nix-cache-info}
 * @param netrc logins by host; without it those of Nix
 * @param bearerTokenFile a file with nothing but a token
 * @param certificate in PEM, with those between it and the authority's
 * @param privateKey in PEM, not encrypted; without it that in the file of the certificate
 */
public record UpstreamAccess(
    UpstreamUrl url,
    OptionalInt priority,
    Optional<Path> netrc,
    Optional<Path> bearerTokenFile,
    Optional<Path> certificate,
    Optional<Path> privateKey) {
  /** One that lets everybody in, or says in its URL how. */
  public static UpstreamAccess of(UpstreamUrl url) {
    return new UpstreamAccess(
        url,
        OptionalInt.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** The priority that the owner set, here or in the URL. */
  OptionalInt ownPriority() {
    return priority.isPresent() ? priority : url.priority();
  }
}
