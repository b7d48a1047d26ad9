package spindrift.node;

import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import spindrift.base.ConfigException;
import spindrift.base.MalformedDataException;
import spindrift.upstream.UpstreamAccess;
import spindrift.upstream.UpstreamUrl;

/**
 * The servers of others that the node asks.
 *
 * @param listed the binary caches; where {@code choice} is {@link Choice#USUAL} the usual one
 * @param choice whether the owner named them
 * @param gateways IPFS gateways that serve single blocks, without a slash at the end
 * @param caFile authorities in PEM to be believed beside those of the machine
 */
public record UpstreamSettings(
    List<Listed> listed, Choice choice, List<URI> gateways, Optional<Path> caFile) {
  /** In place of a URL: no upstream at all. */
  public static final String NONE = "none";

  public static final String USUAL = "https://cache.nixos.org";

  static final String UPSTREAMS_KEY = "upstreams";
  static final String GATEWAYS_KEY = "gateways";

  static final UpstreamSettings DEFAULTS =
      new UpstreamSettings(List.of(usual()), Choice.USUAL, List.of(), Optional.empty());

  /** Who chose the upstreams. */
  public enum Choice {
    USUAL,
    OWNER
  }

  /**
   * One binary cache.
   *
   * @param keys {@code NAME:BASE64} as they were given, trusted for what comes from this upstream
   */
  public record Listed(UpstreamAccess access, List<String> keys) {
    public Listed {
      keys = List.copyOf(keys);
    }
  }

  /** Refuses nothing: that no upstream is named twice is for those who change it. */
  public UpstreamSettings {
    listed = List.copyOf(listed);
    gateways = List.copyOf(gateways);
  }

  /** For each upstream, by name, the keys that its own table names. */
  Map<String, List<String>> keys() {
    Map<String, List<String>> keys = new LinkedHashMap<>();
    listed.forEach(one -> keys.put(one.access().url().name(), one.keys()));
    return keys;
  }

  /** With more upstreams, by their URL; {@code none} alone for none at all. */
  UpstreamSettings withMore(List<String> urls) throws ConfigException {
    if (urls.equals(List.of(NONE))) {
      return new UpstreamSettings(List.of(), Choice.OWNER, gateways, caFile);
    }
    List<Listed> more = new ArrayList<>();
    for (String url : urls) {
      more.add(new Listed(UpstreamAccess.of(url(url)), List.of()));
    }
    return withMoreListed(more);
  }

  /** With more upstreams, in place of the usual one. */
  UpstreamSettings withMoreListed(List<Listed> more) throws ConfigException {
    if (more.isEmpty()) {
      return this;
    }
    List<Listed> all = new ArrayList<>(choice == Choice.USUAL ? List.of() : listed);
    all.addAll(more);
    Set<String> names = new HashSet<>();
    for (Listed one : all) {
      String name = one.access().url().name();
      if (!names.add(name)) {
        throw new ConfigException(UPSTREAMS_KEY, name, "is there twice; want each once");
      }
    }
    return new UpstreamSettings(all, Choice.OWNER, gateways, caFile);
  }

  /** With one upstream and no gateways. */
  UpstreamSettings only(Listed one) {
    return new UpstreamSettings(List.of(one), Choice.OWNER, List.of(), caFile);
  }

  /** With upstreams beside all these, the usual one included. */
  UpstreamSettings beside(List<URI> urls) throws ConfigException {
    List<Listed> all = new ArrayList<>(listed);
    for (URI url : urls) {
      all.add(new Listed(UpstreamAccess.of(url(url.toString())), List.of()));
    }
    return new UpstreamSettings(all, Choice.OWNER, gateways, caFile);
  }

  UpstreamSettings withMoreGateways(List<String> urls) throws ConfigException {
    List<URI> all = new ArrayList<>(gateways);
    for (String url : urls) {
      all.add(gateway(url));
    }
    return new UpstreamSettings(listed, choice, all, caFile);
  }

  UpstreamSettings withCaFile(Path file) {
    return new UpstreamSettings(listed, choice, gateways, Optional.of(file));
  }

  /** Reads a URL, which may have a password in it that no message must have. */
  static UpstreamUrl url(String text) throws ConfigException {
    try {
      return UpstreamUrl.parse(text);
    } catch (MalformedDataException e) {
      throw new ConfigException(
          UPSTREAMS_KEY + ": want URLs such as " + USUAL + ", or '" + NONE + "': " + e.rule());
    }
  }

  private static URI gateway(String text) throws ConfigException {
    try {
      UpstreamUrl url = UpstreamUrl.parse(text);
      if (!url.isFolder() && url.login().isEmpty() && url.priority().isEmpty()) {
        return url.base();
      }
    } catch (MalformedDataException e) {
      // Said below.
    }
    throw new ConfigException(
        GATEWAYS_KEY + ": want URLs such as https://ipfs.example.org, without a password");
  }

  private static Listed usual() {
    try {
      return new Listed(UpstreamAccess.of(UpstreamUrl.parse(USUAL)), List.of());
    } catch (MalformedDataException e) {
      throw new IllegalStateException(e);
    }
  }
}
