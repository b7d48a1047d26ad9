package spindrift.node;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import spindrift.base.ConfigException;
import spindrift.catalog.TrustRule;

/**
 * What a node is told by its configuration file and command line.
 *
 * @param host where HTTP listens
 * @param port where HTTP listens, 0…65535; 0 takes a free one
 * @param data the data directory
 * @param store {@code auto}, {@code none}, a chroot store's directory or {@code unix:PATH}
 * @param uploads who may push
 * @param signKey a file with a secret key in Nix's format
 * @param quota bytes that kept blocks may take
 * @param peers other nodes
 * @param upstreams the binary caches and gateways of others
 * @param fetching how it gets what is not here
 * @param trust whose narinfos are taken from others
 * @param rules how many keys have to agree, and for what
 * @param share whose paths peers may have
 * @param mirrors by others, of files by their hashes
 */
public record NodeConfig(
    String host,
    int port,
    Path data,
    String store,
    Uploaders uploads,
    Optional<Path> signKey,
    OptionalLong quota,
    PeerSettings peers,
    UpstreamSettings upstreams,
    FetchOptions fetching,
    KeySettings trust,
    RuleSettings rules,
    KeySettings share,
    List<URI> mirrors) {

  /** Who may push to the node. */
  public enum Uploaders {
    /** Whoever sends the token in the data directory. */
    WITH_TOKEN,
    /** Whoever reaches the port. */
    ANYBODY
  }

  public static final String DEFAULT_LISTEN = "127.0.0.1:7745";

  /** The defaults, with the data directory where this machine's user would look for it. */
  public static NodeConfig defaults() {
    return new NodeConfig(
        "127.0.0.1",
        7745,
        defaultData(System.getenv(), System.getProperty("user.name", "")),
        "auto",
        Uploaders.WITH_TOKEN,
        Optional.empty(),
        OptionalLong.empty(),
        PeerSettings.DEFAULTS,
        UpstreamSettings.DEFAULTS,
        FetchOptions.DEFAULTS,
        KeySettings.DEFAULTS,
        RuleSettings.DEFAULTS,
        KeySettings.DEFAULTS,
        List.of());
  }

  static Path defaultData(Map<String, String> environment, String user) {
    String own = environment.get("SPINDRIFT_DATA");
    if (own != null && !own.isEmpty()) {
      return Path.of(own);
    }
    if (user.equals("root")) {
      return Path.of("/var/lib/spindrift");
    }
    String xdg = environment.get("XDG_DATA_HOME");
    Path base =
        xdg != null && !xdg.isEmpty()
            ? Path.of(xdg)
            : Path.of(System.getProperty("user.home", "."), ".local", "share");
    return base.resolve("spindrift");
  }

  /** This configuration with what a TOML file says. */
  public NodeConfig withFile(Path file) throws ConfigException {
    return ConfigFile.read(file, this);
  }

  /** With {@code HOST:PORT}; an IPv6 address is in brackets. */
  public NodeConfig withListen(String listen) throws ConfigException {
    int colon = listen.lastIndexOf(':');
    String name = colon < 0 ? "" : listen.substring(0, colon);
    boolean brackets = name.startsWith("[") && name.endsWith("]");
    String bare = brackets ? name.substring(1, name.length() - 1) : name;
    try {
      int number = Integer.parseInt(listen.substring(colon + 1));
      if (!bare.isEmpty() && (brackets || bare.indexOf(':') < 0) && number >= 0 && number < 65536) {
        return changed(
            draft -> {
              draft.host = bare;
              draft.port = number;
            });
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw new ConfigException("listen", listen, "want HOST:PORT, such as " + DEFAULT_LISTEN);
  }

  public NodeConfig withData(Path changed) {
    return changed(draft -> draft.data = changed);
  }

  public NodeConfig withStore(String changed) {
    return changed(draft -> draft.store = changed);
  }

  public NodeConfig withUploads(Uploaders changed) {
    return changed(draft -> draft.uploads = changed);
  }

  public NodeConfig withSignKey(Path changed) {
    return changed(draft -> draft.signKey = Optional.of(changed));
  }

  /** With a size such as {@code 50G}. */
  public NodeConfig withQuota(String size) throws ConfigException {
    OptionalLong bytes = OptionalLong.of(Size.parse("quota", size));
    return changed(draft -> draft.quota = bytes);
  }

  /** With addresses to listen on for peers, in place of others; {@code none} alone for no peers. */
  public NodeConfig withP2pListen(List<String> addresses) throws ConfigException {
    return withPeers(peers.withListen(addresses));
  }

  /** With more peers to keep connected. */
  public NodeConfig withMorePeers(List<String> addresses) throws ConfigException {
    return withPeers(peers.withMorePeers(addresses));
  }

  public NodeConfig withDiscovery(PeerSettings.Discovery discovery) {
    return withPeers(peers.withDiscovery(discovery));
  }

  /** With a rate such as {@code 10M}, in bytes a second. */
  public NodeConfig withUploadLimit(String rate) throws ConfigException {
    return withPeers(peers.withUploadLimit(rate));
  }

  private NodeConfig withPeers(PeerSettings changed) {
    return changed(draft -> draft.peers = changed);
  }

  /** With more upstreams, in place of the usual one; {@code none} alone for none at all. */
  public NodeConfig withMoreUpstreams(List<String> urls) throws ConfigException {
    return withUpstreams(upstreams.withMore(urls));
  }

  NodeConfig withMoreListed(List<UpstreamSettings.Listed> listed) throws ConfigException {
    return withUpstreams(upstreams.withMoreListed(listed));
  }

  /** With more IPFS gateways to take single blocks from. */
  public NodeConfig withMoreGateways(List<String> urls) throws ConfigException {
    return withUpstreams(upstreams.withMoreGateways(urls));
  }

  public NodeConfig withCaFile(Path file) {
    return withUpstreams(upstreams.withCaFile(file));
  }

  /** With a change in how it gets what is not here. */
  NodeConfig withFetching(FetchOptions changed) {
    return changed(draft -> draft.fetching = changed);
  }

  /** Keeping the blocks of what passes, for peers and for later, or not. */
  public NodeConfig withKeeping(FetchOptions.Keeping keeping) {
    return withFetching(fetching.withKeeping(keeping));
  }

  private NodeConfig withUpstreams(UpstreamSettings changed) {
    return changed(draft -> draft.upstreams = changed);
  }

  /** With more keys, {@code NAME:BASE64}, whose narinfos are taken from peers. */
  public NodeConfig withMoreTrustedKeys(List<String> keys) throws ConfigException {
    return withTrust(trust.withMore("trust.keys", keys));
  }

  public NodeConfig withTrustedDefaults(KeySettings.Defaults defaults) {
    return withTrust(trust.withDefaults(defaults));
  }

  /** With a number of keys, 1 or more, that must have signed the same. */
  public NodeConfig withQuorum(String quorum) throws ConfigException {
    RuleSettings changed = rules.withQuorum(quorum);
    return changed(draft -> draft.rules = changed);
  }

  /** With more rules behind those that there are. */
  NodeConfig withMoreTrustRules(List<TrustRule> more) {
    RuleSettings changed = rules.withMore(more);
    return changed(draft -> draft.rules = changed);
  }

  private NodeConfig withTrust(KeySettings changed) {
    return changed(draft -> draft.trust = changed);
  }

  /** With more keys, {@code NAME:BASE64}, whose paths peers may have. */
  public NodeConfig withMoreShareKeys(List<String> keys) throws ConfigException {
    return withShare(share.withMore("share.keys", keys));
  }

  public NodeConfig withShareDefaults(KeySettings.Defaults defaults) {
    return withShare(share.withDefaults(defaults));
  }

  private NodeConfig withShare(KeySettings changed) {
    return changed(draft -> draft.share = changed);
  }

  /** With more mirrors, each an HTTP URL, such as {@code https://tarballs.nixos.org}. */
  public NodeConfig withMoreMirrors(List<String> urls) throws ConfigException {
    List<URI> all = new ArrayList<>(mirrors);
    for (String url : urls) {
      all.add(mirror(url));
    }
    return changed(draft -> draft.mirrors = List.copyOf(all));
  }

  private static URI mirror(String url) throws ConfigException {
    try {
      URI uri = new URI(url);
      if (uri.getHost() != null
          && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))) {
        return uri;
      }
    } catch (URISyntaxException e) {
      // Said below.
    }
    throw new ConfigException(
        "sources.mirrors", url, "want an HTTP URL, such as https://tarballs.nixos.org");
  }

  private NodeConfig changed(Consumer<Draft> change) {
    Draft draft = new Draft(this);
    change.accept(draft);
    return draft.finished();
  }

  /** A configuration while one thing in it changes. */
  private static final class Draft {
    private String host;
    private int port;
    private Path data;
    private String store;
    private Uploaders uploads;
    private Optional<Path> signKey;
    private OptionalLong quota;
    private PeerSettings peers;
    private UpstreamSettings upstreams;
    private FetchOptions fetching;
    private KeySettings trust;
    private RuleSettings rules;
    private KeySettings share;
    private List<URI> mirrors;

    Draft(NodeConfig config) {
      host = config.host;
      port = config.port;
      data = config.data;
      store = config.store;
      uploads = config.uploads;
      signKey = config.signKey;
      quota = config.quota;
      peers = config.peers;
      upstreams = config.upstreams;
      fetching = config.fetching;
      trust = config.trust;
      rules = config.rules;
      share = config.share;
      mirrors = config.mirrors;
    }

    NodeConfig finished() {
      return new NodeConfig(
          host, port, data, store, uploads, signKey, quota, peers, upstreams, fetching, trust,
          rules, share, mirrors);
    }
  }
}
