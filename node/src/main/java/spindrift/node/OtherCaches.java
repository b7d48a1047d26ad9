package spindrift.node;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import spindrift.base.ConfigException;
import spindrift.base.FaultException;
import spindrift.compression.MemoryBudget;
import spindrift.exchange.Gateway;
import spindrift.http.Netrc;
import spindrift.http.WebClient;
import spindrift.http.WebSettings;
import spindrift.ipld.BlockSource;
import spindrift.nix.StoreDir;
import spindrift.substitute.HashedFiles;
import spindrift.upstream.Upstream;
import spindrift.upstream.Upstreams;

/** The upstreams, gateways and mirrors of a configuration, open. Whoever opens them closes them. */
final class OtherCaches implements AutoCloseable {
  /** Ours, in MiB: a dozen decoders of usual files, of xz or of zstd; others wait for them. */
  private static final int DECODING_MIB = 192;

  private static final Duration BLOCK_TIME = Duration.ofSeconds(10);

  private final List<AutoCloseable> parts;
  private final List<Upstream> upstreams = new ArrayList<>();
  private final List<BlockSource> gateways = new ArrayList<>();
  private final List<URI> mirrors;
  private final Optional<WebClient> client;
  private final Path netrc =
      NixConf.netrc(System.getenv(), Path.of(System.getProperty("user.home", "/")));

  private OtherCaches(
      UpstreamSettings settings, List<URI> mirrors, StoreDir storeDir, Opening opening)
      throws ConfigException {
    this.mirrors = mirrors;
    WebSettings web = WebSettings.DEFAULTS.withAuthorities(settings.caFile().stream().toList());
    Upstreams opener =
        new Upstreams(
            storeDir,
            web,
            new MemoryBudget("decoding what upstreams send", DECODING_MIB),
            Optional.of(netrc));
    for (UpstreamSettings.Listed listed : settings.listed()) {
      upstreams.add(opening.add(opener.open(listed.access())));
    }
    boolean isNeeded = !settings.gateways().isEmpty() || !mirrors.isEmpty();
    client = isNeeded ? Optional.of(opening.add(client(web))) : Optional.empty();
    for (URI gateway : settings.gateways()) {
      gateways.add(new Gateway(gateway, client.orElseThrow(), BLOCK_TIME));
    }
    parts = opening.succeeded();
  }

  /**
   * Opens them, and asks them nothing yet.
   *
   * @throws ConfigException when a file that one of them needs cannot be used
   */
  static OtherCaches open(UpstreamSettings settings, List<URI> mirrors, StoreDir storeDir)
      throws IOException, ConfigException {
    try (Opening opening = new Opening()) {
      return new OtherCaches(settings, mirrors, storeDir, opening);
    }
  }

  /** As {@link #open(UpstreamSettings, List, StoreDir)}, without mirrors. */
  static OtherCaches open(UpstreamSettings settings, StoreDir storeDir)
      throws IOException, ConfigException {
    return open(settings, List.of(), storeDir);
  }

  private static WebClient client(WebSettings web) throws ConfigException {
    try {
      return WebClient.open(web);
    } catch (IOException e) {
      throw new ConfigException("cannot ask servers: " + e.getMessage());
    }
  }

  List<Upstream> upstreams() {
    return List.copyOf(upstreams);
  }

  List<BlockSource> gateways() {
    return List.copyOf(gateways);
  }

  /**
   * Files of which mirrors by others are the last source.
   *
   * @throws ConfigException when the file with logins cannot be used
   */
  HashedFiles withMirrors(HashedFiles files) throws ConfigException {
    if (mirrors.isEmpty()) {
      return files;
    }
    try {
      Netrc logins = Files.isReadable(netrc) ? Netrc.read(netrc) : Netrc.EMPTY;
      return files.withMirrors(mirrors, client.orElseThrow(), logins);
    } catch (IOException | FaultException e) {
      throw new ConfigException("netrc-file " + netrc + ": " + e.getMessage());
    }
  }

  @Override
  public void close() throws IOException {
    try (Opening closing = new Opening()) {
      parts.forEach(closing::add);
    }
  }
}
