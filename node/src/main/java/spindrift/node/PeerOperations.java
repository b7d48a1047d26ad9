package spindrift.node;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import spindrift.base.AbsentException;
import spindrift.base.ConfigException;
import spindrift.base.FaultException;
import spindrift.base.JsonObject;
import spindrift.base.MalformedDataException;
import spindrift.exchange.Bitswap;
import spindrift.p2p.Host;
import spindrift.p2p.Multiaddr;
import spindrift.p2p.PeerId;
import spindrift.p2p.PeerInfo;

/** What commands ask about peers of a running node. Safe for use by several threads. */
final class PeerOperations {
  /** A person waits. */
  private static final Duration CONNECT_TIME = Duration.ofSeconds(15);

  /** Ours: until the peer has been put right, or the owner has forgotten about it. */
  private static final Duration BAN_TIME = Duration.ofDays(1);

  private final Host host;
  private final Bitswap bitswap;

  PeerOperations(Host host, Bitswap bitswap) {
    this.host = host;
    this.bitswap = bitswap;
  }

  /** The connected peers as items. */
  JsonObject list(Reporter reporter) {
    Map<PeerId, Bitswap.Ledger> ledgers = new HashMap<>();
    bitswap.ledgers().forEach(ledger -> ledgers.put(ledger.peer(), ledger));
    List<PeerInfo> peers = new ArrayList<>(host.peers());
    peers.sort(Comparator.comparing(PeerInfo::since));
    for (PeerInfo peer : peers) {
      reporter.item(describe(peer, Optional.ofNullable(ledgers.get(peer.id()))));
    }
    return JsonObject.of("peers", peers.size());
  }

  private static JsonObject describe(PeerInfo peer, Optional<Bitswap.Ledger> ledger) {
    return JsonObject.of(
        "peer", peer.id().toString(),
        "address", peer.address().toString(),
        "direction", peer.direction().name().toLowerCase(Locale.ROOT),
        "agent", peer.agent(),
        "connectedSeconds", Duration.between(peer.since(), Instant.now()).toSeconds(),
        "roundTripMicros", peer.roundTrip().map(time -> time.toNanos() / 1000),
        "bytesIn", peer.bytesIn(),
        "bytesOut", peer.bytesOut(),
        "bytesPerSecondIn", ledger.map(Bitswap.Ledger::bytesPerSecondIn).orElse(0L),
        "bytesPerSecondOut", ledger.map(Bitswap.Ledger::bytesPerSecondOut).orElse(0L),
        "blocksIn", ledger.map(Bitswap.Ledger::blocksIn).orElse(0L),
        "blocksOut", ledger.map(Bitswap.Ledger::blocksOut).orElse(0L),
        "blockBytesIn", ledger.map(Bitswap.Ledger::bytesIn).orElse(0L),
        "blockBytesOut", ledger.map(Bitswap.Ledger::bytesOut).orElse(0L),
        "score", peer.score(),
        "protocols", peer.protocols().stream().sorted().toList(),
        "listenAddresses", peer.listenAddresses().stream().map(Multiaddr::toString).toList());
  }

  /** Connects to the peer at {@code address}. */
  JsonObject connect(JsonObject arguments)
      throws IOException, FaultException, InterruptedException {
    String text = arguments.text("address");
    Multiaddr address = PeerSettings.peer("peer", text);
    PeerId peer;
    try {
      peer = host.connect(address, CONNECT_TIME);
    } catch (IOException e) {
      throw new IOException(
          "cannot connect to "
              + text
              + " ("
              + e.getMessage()
              + "); does a node listen there? 'spindrift id' on it says where it does",
          e);
    }
    return JsonObject.of("peer", peer.toString(), "agent", host.peer(peer).map(PeerInfo::agent));
  }

  /** Closes the connections with {@code peer}. */
  JsonObject disconnect(JsonObject arguments) throws FaultException {
    PeerId peer = connected(arguments.text("peer"));
    host.disconnect(peer);
    return JsonObject.of("peer", peer.toString());
  }

  /** Has nothing more to do with {@code peer} for a day. */
  JsonObject ban(JsonObject arguments) throws FaultException {
    String text = arguments.text("peer");
    Optional<PeerId> full = parse(text);
    PeerId peer = full.isPresent() ? full.get() : connected(text);
    host.ban(peer, BAN_TIME);
    return JsonObject.of("peer", peer.toString(), "seconds", BAN_TIME.toSeconds());
  }

  /** The connected peer with an id, or with an id that ends like this. */
  private PeerId connected(String text) throws FaultException {
    Optional<PeerId> full = parse(text);
    List<PeerId> found =
        host.peers().stream()
            .map(PeerInfo::id)
            .filter(id -> full.isPresent() ? id.equals(full.get()) : id.toString().endsWith(text))
            .toList();
    if (found.size() > 1) {
      throw new ConfigException(
          "peer",
          text,
          "is the end of " + found.size() + " ids; 'spindrift peers --wide' shows them");
    }
    if (text.isEmpty() || found.isEmpty()) {
      throw new AbsentException(
          "no connected peer is called '" + text + "'; 'spindrift peers' shows who is connected");
    }
    return found.getFirst();
  }

  private static Optional<PeerId> parse(String text) {
    try {
      return Optional.of(PeerId.parse(text));
    } catch (MalformedDataException e) {
      return Optional.empty();
    }
  }
}
