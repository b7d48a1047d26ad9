package spindrift.exchange;

import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.UnaryOperator;
import spindrift.base.FaultException;
import spindrift.ipld.Cid;
import spindrift.p2p.Host;
import spindrift.p2p.P2pStream;
import spindrift.p2p.PeerId;

/** All that belongs to one peer: what it wants, what it is asked for, what is sent to it. */
final class PeerLink {
  /** Ours: deployed peers use one stream, or one for each message. */
  private static final int MAX_STREAMS = 32;

  /** Ours: so many blocks of 2 MiB may be in the making; others of the same peer wait. */
  private static final int MAX_BLOCKS_AT_ONCE = 4;

  /** How long a stream may be silent between messages. */
  private static final Duration IDLE_TIMEOUT = Duration.ofHours(1);

  /** How long it may be silent in the middle of one. */
  private static final Duration BUSY_TIMEOUT = Duration.ofSeconds(30);

  private final PeerId peer;
  private final PeerWants wants;
  private final PeerSource source;
  private final Traffic traffic = new Traffic();
  private final WordOutbox words = new WordOutbox();
  private final BlockOutbox blocks;
  private final List<LinkSender> senders;
  private final BlockServer server;
  private final BlockServer.Turn turn;
  private final FetchDesk desk;
  private final Semaphore streams = new Semaphore(MAX_STREAMS);
  private final Semaphore blocksAtOnce = new Semaphore(MAX_BLOCKS_AT_ONCE);
  private final Set<P2pStream> reading = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  PeerLink(
      PeerId peer,
      PeerWants wants,
      BlockOutbox blocks,
      Host host,
      BlockServer server,
      FetchDesk desk) {
    this.peer = peer;
    this.wants = wants;
    this.blocks = blocks;
    // A host tells its listeners while it punishes: not under the lock of who complains.
    this.source =
        new PeerSource(
            peer, words, what -> Thread.ofVirtual().start(() -> host.penalise(peer, what)));
    this.server = server;
    this.turn = new BlockServer.Turn(wants, words, blocks);
    this.desk = desk;
    this.senders =
        List.of(
            new LinkSender(host, peer, words, traffic, this::withAllWants, this::askAgain),
            // Who reads a stream of blocks that broke asks for them again.
            new LinkSender(host, peer, blocks, traffic, UnaryOperator.identity(), () -> {}));
  }

  PeerId peer() {
    return peer;
  }

  PeerSource source() {
    return source;
  }

  Traffic traffic() {
    return traffic;
  }

  Bitswap.Ledger ledger() {
    return traffic.ledger(peer, wants.size());
  }

  /** What sends to the peer, each of them for a thread of its own. */
  List<LinkSender> senders() {
    return senders;
  }

  /** The peer has cancelled a want. */
  void drop(Cid cid) {
    words.drop(cid);
    blocks.drop(cid);
  }

  /** There may be something to do for the peer. */
  void wakeServer() {
    server.wake(turn);
  }

  /** Blocks have become available. */
  void arrived(Collection<Cid> cids) {
    if (wants.arrived(cids)) {
      wakeServer();
    }
  }

  /** Reads a stream of the peer until it ends. */
  void read(P2pStream stream) throws IOException, FaultException, InterruptedException {
    boolean done = false;
    try {
      if (!streams.tryAcquire()) {
        throw new IOException("more than " + MAX_STREAMS + " streams");
      }
      try {
        reading.add(stream);
        Inbound inbound = new Inbound(this, wants, desk);
        MessageReader reader = new MessageReader(stream.in(), blocksAtOnce, inbound);
        stream.timeout(IDLE_TIMEOUT);
        requireOpen();
        readAll(reader, stream, inbound);
        done = true;
      } finally {
        reading.remove(stream);
        streams.release();
      }
    } finally {
      if (!done) {
        askAgain();
      }
    }
  }

  private void readAll(MessageReader reader, P2pStream stream, Inbound inbound)
      throws IOException, FaultException, InterruptedException {
    while (reader.awaitMessage()) {
      requireOpen();
      stream.timeout(BUSY_TIMEOUT);
      inbound.begin();
      reader.readMessage();
      stream.timeout(IDLE_TIMEOUT);
    }
  }

  private void requireOpen() throws IOException {
    if (closed) {
      throw new IOException("closed");
    }
  }

  /** Blocks that the peer believes to have sent may be lost with a stream that broke, or wants. */
  private void askAgain() {
    desk.askAgain(source);
  }

  private OutgoingMessage withAllWants(OutgoingMessage message) {
    return message.withAllWants(desk.outstanding(source));
  }

  /** Forgets the peer; if it is still there it sees that its wants are not known any more. */
  void close() {
    closed = true;
    wants.clear();
    senders.forEach(LinkSender::close);
    reading.forEach(P2pStream::reset);
    desk.gone(source);
  }
}
