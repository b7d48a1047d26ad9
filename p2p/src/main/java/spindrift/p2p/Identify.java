package spindrift.p2p;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.IntegrityException;
import spindrift.base.MalformedDataException;

/**
 * Tells peers who we are and what we speak, and learns it of them: once for each connection, and
 * again when something has changed.
 *
 * <p>Everything of ours that peers are told has a revision; a connection knows which its peer was
 * told, so that a protocol which is added while somebody connects is not missed.
 *
 * @see <a href="https://github.com/libp2p/specs/blob/master/identify/README.md">Identify</a>
 */
final class Identify {
  static final String PROTOCOL = "/ipfs/id/1.0.0";
  static final String PUSH = "/ipfs/id/push/1.0.0";

  /** Of this side's and the other's; a peer has one open in each direction at most. */
  static final int MAX_STREAMS = 4;

  /** For the whole of one exchange; go-libp2p's. */
  static final Duration TIME = Duration.ofSeconds(5);

  /** Ours: changes that come within this time go out together. */
  private static final Duration PUSH_DELAY = Duration.ofMillis(50);

  /** Ours: more than networks that a machine is in before old records are of no use. */
  private static final int MAX_SEALED = 8;

  private static final String PROTOCOL_VERSION = "ipfs/0.1.0";
  private static final Logger LOG = System.getLogger(Identify.class.getName());

  private final Identity identity;
  private final String agent;
  private final ProtocolTable protocols;
  private final Supplier<List<Multiaddr>> addresses;
  private final Acquaintance acquaintance;
  private final HostThreads threads;
  private final AtomicInteger revision = new AtomicInteger();
  private final AtomicBoolean pushPlanned = new AtomicBoolean();

  /** Signed records of our addresses: peers on this machine and on others get different ones. */
  private final Map<List<Multiaddr>, Bytes> sealed = new ConcurrentHashMap<>();

  /** What identify needs of the host. */
  interface Acquaintance {
    P2pStream open(Connection connection, String protocol, Duration timeout)
        throws IOException, FaultException, InterruptedException;

    List<Connection> connections();

    /** What the peer has said so far. */
    IdentifyMessage known(PeerId peer);

    /** The peer has said something; the addresses in it are the ones to believe. */
    void learnt(Connection connection, IdentifyMessage said);

    void penalise(PeerId peer, Misbehaviour what);
  }

  Identify(
      Identity identity,
      String agent,
      ProtocolTable protocols,
      Supplier<List<Multiaddr>> addresses,
      Acquaintance acquaintance,
      HostThreads threads) {
    this.identity = identity;
    this.agent = agent;
    this.protocols = protocols;
    this.addresses = addresses;
    this.acquaintance = acquaintance;
    this.threads = threads;
  }

  /** Answers a peer that asks who we are. */
  void tell(Connection connection, P2pStream stream) throws IOException {
    connection.toldRevision().set(revision.get());
    OutputStream out = stream.out();
    for (Bytes message : message(connection).toMessages()) {
      message.writeTo(out);
    }
    out.flush();
    stream.closeWrite();
  }

  /** Asks a peer who it is. */
  void ask(Connection connection) throws InterruptedException {
    try (P2pStream stream = acquaintance.open(connection, PROTOCOL, TIME);
        HostThreads.Alarm _ = threads.after(TIME, stream::reset)) {
      learn(connection, IdentifyMessage.read(stream.in()));
    } catch (IOException e) {
      failed(connection, e);
    } catch (FaultException e) {
      failed(connection, e);
      acquaintance.penalise(connection.peer(), Misbehaviour.NOISE);
    } finally {
      connection.identified();
      pushTo(connection);
    }
  }

  /** Hears of a peer that something has changed. */
  void hear(Connection connection, P2pStream stream) throws IOException, FaultException {
    try (HostThreads.Alarm _ = threads.after(TIME, stream::reset)) {
      learn(connection, IdentifyMessage.read(stream.in()));
    }
  }

  /** Tells all peers, soon, that something of ours has changed. */
  void changed() {
    revision.incrementAndGet();
    if (pushPlanned.compareAndSet(false, true)) {
      HostThreads.Alarm _ = threads.after(PUSH_DELAY, this::pushToAll);
    }
  }

  private void pushToAll() {
    pushPlanned.set(false);
    acquaintance.connections().stream().filter(Connection::isIdentified).forEach(this::pushTo);
  }

  private void pushTo(Connection connection) {
    int now = revision.get();
    int told = connection.toldRevision().get();
    // -1: it has not asked yet; when it does it is told the latest.
    if (told >= 0
        && told < now
        && acquaintance.known(connection.peer()).protocols().contains(PUSH)
        && connection.toldRevision().compareAndSet(told, now)) {
      threads.start("push", () -> push(connection));
    }
  }

  private void push(Connection connection) {
    try (P2pStream stream = acquaintance.open(connection, PUSH, TIME);
        HostThreads.Alarm _ = threads.after(TIME, stream::reset)) {
      tell(connection, stream);
    } catch (IOException | FaultException e) {
      LOG.log(Level.DEBUG, "failed push peer={0} reason={1}", connection.peer().brief(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void failed(Connection connection, Exception reason) {
    LOG.log(Level.DEBUG, "failed identify peer={0} reason={1}", connection.peer().brief(), reason);
    acquaintance.learnt(connection, acquaintance.known(connection.peer()));
  }

  private void learn(Connection connection, IdentifyMessage said) {
    PeerId peer = connection.peer();
    IdentifyMessage known = acquaintance.known(peer);
    List<Multiaddr> believed = known.listenAddresses();
    try {
      if (!said.publicKey().isEmpty()) {
        expectKey(peer, said.publicKey());
      }
      if (!said.signedPeerRecord().isEmpty()) {
        believed = PeerRecord.open(said.signedPeerRecord(), peer).addresses();
      } else if (!said.listenAddresses().isEmpty()) {
        believed = said.listenAddresses();
      }
    } catch (MalformedDataException | IntegrityException e) {
      LOG.log(Level.DEBUG, "refused addresses peer={0} reason={1}", peer.brief(), e.getMessage());
      acquaintance.penalise(peer, Misbehaviour.VIOLATION);
    }
    acquaintance.learnt(connection, said.over(known, usable(believed, connection.address())));
  }

  private static void expectKey(PeerId peer, Bytes key)
      throws MalformedDataException, IntegrityException {
    PeerId claimed = PeerId.of(PublicKey.read(key));
    if (!claimed.equals(peer)) {
      throw new IntegrityException(peer.toString(), claimed.toString(), PROTOCOL);
    }
  }

  /** The loopback addresses of another machine would lead to this one. */
  private static List<Multiaddr> usable(List<Multiaddr> addresses, Multiaddr seenAt) {
    boolean sameMachine = TcpAddress.isLoopback(seenAt);
    return addresses.stream()
        .map(Multiaddr::withoutPeer)
        .filter(address -> sameMachine || !TcpAddress.isLoopback(address))
        .toList();
  }

  private IdentifyMessage message(Connection connection) {
    List<Multiaddr> own = addresses.get();
    return new IdentifyMessage(
        identity.publicKey().toBytes(),
        usable(own, connection.address()),
        protocols.names(),
        Optional.of(connection.address()),
        PROTOCOL_VERSION,
        agent,
        sealed(usable(own, connection.address())));
  }

  private Bytes sealed(List<Multiaddr> own) {
    if (sealed.size() > MAX_SEALED) {
      sealed.clear();
    }
    return sealed.computeIfAbsent(
        own,
        _ ->
            new PeerRecord(identity.peerId(), System.currentTimeMillis(), own)
                .seal(identity)
                .toBytes());
  }
}
