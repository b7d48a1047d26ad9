package spindrift.p2p;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Stream;
import spindrift.base.ConfigException;
import spindrift.base.FaultException;
import spindrift.p2p.ProtocolTable.Purpose;
import spindrift.p2p.ProtocolTable.Service;

/** The host: wires its parts together. */
final class Swarm implements Host, Identify.Acquaintance {
  private static final Logger LOG = System.getLogger(Swarm.class.getName());

  /** Ours: how long a peer is banned whose score fell too low. */
  static final Duration PEER_BAN = Duration.ofMinutes(10);

  /** Ours: how long a peer may take to show that it is there when the network has changed. */
  private static final Duration PROBE_TIME = Duration.ofSeconds(5);

  /** Ours: for what is under way to end. */
  private static final Duration CLOSE_PATIENCE = Duration.ofMillis(900);

  private final PeerId self;
  private final HostThreads threads = new HostThreads();
  private final Standing<PeerId> standing = new Standing<>(PEER_BAN, System::nanoTime);
  private final ProtocolTable protocols = new ProtocolTable();
  private final AddressBook book = new AddressBook();
  private final OutboundStreams outbound = new OutboundStreams(threads);
  private final Housekeeping housekeeping =
      new Housekeeping(TcpAddress::links, this::closeDuplicates, this::networkChanged);
  private final List<TcpListener> listeners;
  private final ConnectionTable table;
  private final PeerEvents events;
  private final Connections connections;
  private final InboundStreams inbound;
  private final Identify identify;
  private final Dialer dialer;
  private final Reception reception;

  private Swarm(Identity identity, HostSettings settings, List<TcpListener> listeners) {
    this.self = identity.peerId();
    this.listeners = listeners;
    table = new ConnectionTable(self, settings, standing::score);
    events = new PeerEvents(table);
    connections =
        new Connections(self, settings.maxConnections(), table, standing, events, threads);
    inbound =
        new InboundStreams(
            protocols, settings.maxStreamsPerConnection(), threads, connections::penalise);
    identify = new Identify(identity, settings.agent(), protocols, this::addresses, this, threads);
    Upgrader upgrader = new Upgrader(identity, yamuxSettings(settings), threads);
    dialer = new Dialer(upgrader, threads);
    reception =
        new Reception(
            upgrader,
            threads,
            table::size,
            // A quarter more than are kept come as far as being weighed against them.
            settings.maxConnections() + settings.maxConnections() / 4 + 1,
            this::admit);
  }

  /**
   * Starts a host.
   *
   * @throws ConfigException when an address cannot be listened on
   */
  static Swarm start(Identity identity, HostSettings settings) throws ConfigException {
    Swarm swarm = new Swarm(identity, settings, TcpListener.bind(settings.listen()));
    swarm.start();
    return swarm;
  }

  private void start() {
    protocols.put(
        Identify.PROTOCOL, new Service(identify::tell, Identify.MAX_STREAMS, Purpose.UPKEEP));
    protocols.put(Identify.PUSH, new Service(identify::hear, Identify.MAX_STREAMS, Purpose.UPKEEP));
    protocols.put(
        Ping.PROTOCOL,
        new Service((_, stream) -> Ping.answer(stream), Ping.MAX_STREAMS, Purpose.UPKEEP));
    threads.start("events", events);
    threads.start("housekeeping", housekeeping);
    for (TcpListener listener : listeners) {
      threads.start("listener", () -> listener.run(reception::take));
    }
    LOG.log(Level.INFO, "listen peer={0} addresses={1}", self, addresses());
  }

  private static YamuxSettings yamuxSettings(HostSettings settings) {
    return YamuxSettings.of(
        settings.maxStreamsPerConnection(),
        new MemoryBudget(settings.maxMemory()),
        settings.uploadLimit().isPresent()
            ? RateLimit.bytesPerSecond(settings.uploadLimit().getAsLong())
            : RateLimit.none());
  }

  @Override
  public PeerId peerId() {
    return self;
  }

  @Override
  public List<Multiaddr> addresses() {
    List<Multiaddr> all = listening(TcpAddress.localAddresses());
    return Stream.concat(
            all.stream().filter(address -> !TcpAddress.isLoopback(address)),
            all.stream().filter(TcpAddress::isLoopback))
        .toList();
  }

  @Override
  public List<Multiaddr> linkAddresses() {
    return listening(TcpAddress.allAddresses());
  }

  private List<Multiaddr> listening(List<InetAddress> machine) {
    return listeners.stream()
        .flatMap(listener -> listener.addresses(machine).stream())
        .distinct()
        .toList();
  }

  @Override
  public void handle(String protocol, StreamHandler handler) {
    protocols.put(
        protocol,
        new Service((_, stream) -> handler.handle(stream), Integer.MAX_VALUE, Purpose.WORK));
    identify.changed();
  }

  @Override
  public void addListener(HostListener listener) {
    events.add(listener);
  }

  @Override
  public PeerId connect(Multiaddr address, Duration timeout)
      throws IOException, FaultException, InterruptedException {
    Deadline deadline = Deadline.in(timeout);
    Multiaddr bare = address.withoutPeer();
    dialer.backoff().forget(bare);
    Optional<PeerId> expected = address.peer().or(() -> table.peerAt(bare));
    Connection connection =
        expected.isPresent()
            ? connection(expected.get(), List.of(bare), deadline)
            : orClosed(
                () -> dialer.connect(Optional.empty(), List.of(bare), this::admit, deadline));
    table.keep(connection.peer());
    book.heard(connection.peer(), List.of(bare));
    connection.awaitIdentified(deadline.left());
    return connection.peer();
  }

  @Override
  public void addAddresses(PeerId peer, List<Multiaddr> addresses) {
    book.heard(peer, addresses);
  }

  @Override
  public P2pStream open(PeerId peer, List<String> wanted, Duration timeout)
      throws IOException, FaultException, InterruptedException {
    Deadline deadline = Deadline.in(timeout);
    for (boolean again = true; ; again = false) {
      Connection connection = connection(peer, book.of(peer), deadline);
      // A peer that does not answer identify may yet answer what it is asked for.
      connection.awaitIdentified(deadline.left().dividedBy(2));
      try {
        return outbound.open(connection, wanted, known(peer).protocols(), deadline);
      } catch (IOException e) {
        if (!again || !connection.hasEnded() || deadline.passed()) {
          throw e;
        }
        // It was ending when it was chosen; there may be another, or a new one. But a peer that
        // closes each connection would have us dial it for as long as there is time.
        connections.end(connection);
      }
    }
  }

  private Connection connection(PeerId peer, List<Multiaddr> addresses, Deadline deadline)
      throws IOException, FaultException, InterruptedException {
    connections.refuse(peer);
    return orClosed(
        () -> dialer.connect(peer, () -> table.preferred(peer), addresses, this::admit, deadline));
  }

  private interface Dial {
    Connection run() throws IOException, FaultException, InterruptedException;
  }

  private static Connection orClosed(Dial dial)
      throws IOException, FaultException, InterruptedException {
    try {
      return dial.run();
    } catch (RejectedExecutionException e) {
      throw new IOException("the host is closed", e);
    }
  }

  private void admit(Connection connection) throws FaultException {
    connections.admit(connection, inbound::serve, identify::ask);
    if (connection.direction() == PeerInfo.Direction.OUTBOUND) {
      book.found(connection.peer(), connection.address());
    }
  }

  @Override
  public List<PeerInfo> peers() {
    return table.infos();
  }

  @Override
  public Optional<PeerInfo> peer(PeerId id) {
    return table.info(id);
  }

  @Override
  public void disconnect(PeerId peer) {
    connections.disconnect(peer);
  }

  @Override
  public void ban(PeerId peer, Duration time) {
    connections.ban(peer, time);
  }

  @Override
  public void penalise(PeerId peer, Misbehaviour what) {
    connections.penalise(peer, what);
  }

  // What identify needs.

  @Override
  public P2pStream open(Connection connection, String protocol, Duration timeout)
      throws IOException, FaultException, InterruptedException {
    return outbound.openForUpkeep(connection, protocol, Deadline.in(timeout));
  }

  @Override
  public List<Connection> connections() {
    return table.all();
  }

  @Override
  public IdentifyMessage known(PeerId peer) {
    return table.known(peer);
  }

  @Override
  public void learnt(Connection connection, IdentifyMessage said) {
    if (table.identified(connection, said)) {
      book.stated(connection.peer(), said.listenAddresses());
      // Before anybody is told: whoever opens a stream then has nothing to wait for.
      connection.identified();
      events.touch(connection.peer());
    }
  }

  // What happens from time to time.

  private void closeDuplicates() {
    table.takeDuplicates().forEach(connections::end);
  }

  private void networkChanged() {
    LOG.log(Level.INFO, "network changed addresses={0}", addresses());
    dialer.backoff().forgetAll();
    identify.changed();
    for (Connection connection : table.all()) {
      threads.start("probe", () -> probe(connection));
    }
  }

  /**
   * A connection over a network that is gone would otherwise be used until it is found dead. One
   * over which anything comes is alive, though its answer may be far back in a queue.
   */
  private void probe(Connection connection) {
    long bytesIn = connection.bytesIn();
    try (P2pStream stream = open(connection, Ping.PROTOCOL, PROBE_TIME);
        HostThreads.Alarm _ = threads.after(PROBE_TIME, stream::reset)) {
      Ping.measure(stream);
    } catch (IOException | FaultException e) {
      if (connection.bytesIn() == bytesIn) {
        LOG.log(Level.DEBUG, "lost peer={0} reason={1}", connection.peer().brief(), e);
        connections.end(connection);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    listeners.forEach(TcpListener::close);
    housekeeping.close();
    dialer.close();
    table.close().forEach(Connection::close);
    events.close();
    try {
      threads.close(CLOSE_PATIENCE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
