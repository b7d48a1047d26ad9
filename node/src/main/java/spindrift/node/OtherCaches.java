package spindrift.node;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import spindrift.base.ConfigException;
import spindrift.compression.MemoryBudget;
import spindrift.exchange.Gateway;
import spindrift.http.WebClient;
import spindrift.http.WebSettings;
import spindrift.ipld.BlockSource;
import spindrift.nix.StoreDir;
import spindrift.upstream.Upstream;
import spindrift.upstream.Upstreams;

/** The upstreams and gateways of a configuration, open. Whoever opens them closes them. */
final class OtherCaches implements AutoCloseable {
  /** Ours, in MiB: a dozen decoders of usual files, of xz or of zstd; others wait for them. */
  private static final int DECODING_MIB = 192;

  private static final Duration BLOCK_TIME = Duration.ofSeconds(10);
  private static final Path NETRC = Path.of("/etc/nix/netrc");

  private final List<AutoCloseable> parts;
  private final List<Upstream> upstreams = new ArrayList<>();
  private final List<BlockSource> gateways = new ArrayList<>();

  private OtherCaches(UpstreamSettings settings, StoreDir storeDir, Opening opening)
      throws ConfigException {
    WebSettings web = WebSettings.DEFAULTS.withAuthorities(settings.caFile().stream().toList());
    Upstreams opener =
        new Upstreams(
            storeDir,
            web,
            new MemoryBudget("decoding what upstreams send", DECODING_MIB),
            Optional.of(NETRC));
    for (UpstreamSettings.Listed listed : settings.listed()) {
      upstreams.add(opening.add(opener.open(listed.access())));
    }
    if (!settings.gateways().isEmpty()) {
      WebClient client = opening.add(client(web));
      for (URI gateway : settings.gateways()) {
        gateways.add(new Gateway(gateway, client, BLOCK_TIME));
      }
    }
    parts = opening.succeeded();
  }

  /**
   * Opens them, and asks them nothing yet.
   *
   * @throws ConfigException when a file that one of them needs cannot be used
   */
  static OtherCaches open(UpstreamSettings settings, StoreDir storeDir)
      throws IOException, ConfigException {
    try (Opening opening = new Opening()) {
      return new OtherCaches(settings, storeDir, opening);
    }
  }

  private static WebClient client(WebSettings web) throws ConfigException {
    try {
      return WebClient.open(web);
    } catch (IOException e) {
      throw new ConfigException("cannot ask gateways: " + e.getMessage());
    }
  }

  List<Upstream> upstreams() {
    return List.copyOf(upstreams);
  }

  List<BlockSource> gateways() {
    return List.copyOf(gateways);
  }

  @Override
  public void close() throws IOException {
    try (Opening closing = new Opening()) {
      parts.forEach(closing::add);
    }
  }
}
