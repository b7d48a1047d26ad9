package spindrift.upstream;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import spindrift.base.ConfigException;
import spindrift.base.FaultException;
import spindrift.compression.MemoryBudget;
import spindrift.http.ClientCertificate;
import spindrift.http.Credentials;
import spindrift.http.Netrc;
import spindrift.http.WebClient;
import spindrift.http.WebSettings;
import spindrift.nix.StoreDir;

/**
 * Opens upstreams, which share the memory for decoding. Safe for use by several threads.
 *
 * @param web how servers are asked; without a client's certificate
 * @param usualNetrc logins for upstreams that name no file of their own; need not be there
 */
public record Upstreams(
    StoreDir store, WebSettings web, MemoryBudget decoding, Optional<Path> usualNetrc) {
  /** Ours: characters of a token; the longest known have some thousands. */
  private static final int MAX_TOKEN = 64 << 10;

  /**
   * Opens an upstream, without asking it anything yet; the caller closes it.
   *
   * @throws ConfigException when a file that it needs cannot be used
   */
  public Upstream open(UpstreamAccess access) throws ConfigException {
    UpstreamUrl url = access.url();
    if (url.isFolder()) {
      return new FileUpstream(store, url.folder(), url.name(), access.ownPriority(), decoding);
    }
    Optional<ClientCertificate> certificate =
        access
            .certificate()
            .map(file -> new ClientCertificate(url.base(), file, access.privateKey().orElse(file)));
    try {
      WebClient client = WebClient.open(web.withCertificate(certificate));
      UpstreamFiles files = new UpstreamFiles(url.base(), client, credentials(access));
      return new HttpUpstream(store, files, url.name(), access.ownPriority(), decoding);
    } catch (IOException | FaultException e) {
      throw new ConfigException("upstream " + url.name() + ": " + e.getMessage());
    }
  }

  private Credentials credentials(UpstreamAccess access) throws IOException, FaultException {
    URI origin = access.url().base();
    Optional<String> token =
        access.bearerTokenFile().isPresent()
            ? Optional.of(token(access.bearerTokenFile().get()))
            : Optional.empty();
    return Credentials.of(origin, token, access.url().login(), netrc(access));
  }

  private Netrc netrc(UpstreamAccess access) throws IOException, FaultException {
    if (access.netrc().isPresent()) {
      return Netrc.read(access.netrc().get());
    }
    return usualNetrc.isPresent() && Files.isReadable(usualNetrc.get())
        ? Netrc.read(usualNetrc.get())
        : Netrc.EMPTY;
  }

  private static String token(Path file) throws IOException {
    if (Files.size(file) > MAX_TOKEN) {
      throw new IOException(file + " is too long for a token");
    }
    String token = Files.readString(file, StandardCharsets.ISO_8859_1).strip();
    if (token.isEmpty() || !token.chars().allMatch(letter -> letter > ' ' && letter < 0x7f)) {
      throw new IOException(file + " has no token");
    }
    return token;
  }
}
