package spindrift.exchange;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import spindrift.base.FaultException;
import spindrift.ipld.Cid;
import spindrift.p2p.Host;
import spindrift.p2p.HostListener;
import spindrift.p2p.P2pStream;
import spindrift.p2p.PeerId;
import spindrift.p2p.PeerInfo;

/**
 * The peers that blocks are exchanged with, each with a thread that sends. A peer is here from the
 * first that it sends or is asked for until it is disconnected or cannot be sent anything.
 */
final class Links implements HostListener, AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Links.class.getName());

  /** What deployed peers keep of our wants is 1024: less those that stay though they lack them. */
  private static final int WANTS_OF_OTHERS = 1024 - PeerSource.MAX_LACKING;

  /** Nodes of our own kind keep more. */
  private static final int WANTS_OF_OURS = 8192;

  /** What protocols of our own begin with. */
  private static final String OURS = "/spindrift/";

  /** Ours: threads that read blocks, mostly from files in memory. */
  private static final int MAX_READERS = 8;

  private final Host host;
  private final BitswapSettings settings;
  private final AtomicLong queuedInAll = new AtomicLong();
  private final AtomicLong wantsInAll = new AtomicLong();
  private final BlockServer server;
  private final FetchDesk desk;
  private final Map<PeerId, PeerLink> links = new ConcurrentHashMap<>();
  private volatile boolean closed;

  Links(Host host, SharedBlocks shared, BitswapSettings settings) {
    this.host = host;
    this.settings = settings;
    int readers = Math.clamp(Runtime.getRuntime().availableProcessors(), 2, MAX_READERS);
    this.server = new BlockServer(shared, settings.maxQueuedBytesPerPeer(), queuedInAll, readers);
    this.desk = new FetchDesk(settings.stallTime(), System::nanoTime, this::find);
    Thread.ofVirtual().name("bitswap-clock").start(desk::keepTicking);
  }

  FetchDesk desk() {
    return desk;
  }

  /** Answers a stream that a peer opened. */
  void read(P2pStream stream) throws IOException, FaultException, InterruptedException {
    if (closed) {
      throw new IOException("Bitswap is closed");
    }
    link(stream.peer()).read(stream);
  }

  void arrived(Collection<Cid> cids) {
    links.values().forEach(link -> link.arrived(cids));
  }

  List<Bitswap.Ledger> ledgers() {
    return links.values().stream().map(PeerLink::ledger).toList();
  }

  @Override
  public void disconnected(PeerId peer) {
    PeerLink link = links.remove(peer);
    if (link != null) {
      link.close();
    }
  }

  @Override
  public void close() {
    closed = true;
    desk.close();
    links.values().forEach(PeerLink::close);
    server.close();
  }

  /** A peer to get blocks from, unless it is known to speak no Bitswap. */
  private Optional<PeerSource> find(PeerId peer) {
    Set<String> protocols = host.peer(peer).map(PeerInfo::protocols).orElse(Set.of());
    if (closed || (!protocols.isEmpty() && Collections.disjoint(protocols, Dialect.PROTOCOLS))) {
      return Optional.empty();
    }
    boolean isOurs = protocols.stream().anyMatch(protocol -> protocol.startsWith(OURS));
    PeerSource source = link(peer).source();
    desk.run(now -> source.keeps(isOurs ? WANTS_OF_OURS : WANTS_OF_OTHERS));
    return Optional.of(source);
  }

  private PeerLink link(PeerId peer) {
    return links.computeIfAbsent(peer, this::start);
  }

  private PeerLink start(PeerId peer) {
    PeerWants wants = new PeerWants(settings.maxWantsPerPeer(), wantsInAll);
    PeerLink link = new PeerLink(peer, wants, new BlockOutbox(queuedInAll), host, server, desk);
    for (LinkSender sender : link.senders()) {
      Thread.ofVirtual().name("bitswap-send-" + peer.brief()).start(() -> send(link, sender));
    }
    return link;
  }

  private void send(PeerLink link, LinkSender sender) {
    try {
      sender.run(link::wakeServer);
    } catch (IOException | FaultException e) {
      LOG.log(Level.DEBUG, "send failed peer={0} cause={1}", link.peer().brief(), e.getMessage());
    } catch (InterruptedException e) {
      LOG.log(Level.DEBUG, "send interrupted peer={0}", link.peer().brief());
    } finally {
      links.remove(link.peer(), link);
      link.close();
    }
  }
}
