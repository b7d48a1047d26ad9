package spindrift.exchange;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import spindrift.base.FaultException;
import spindrift.ipld.Block;
import spindrift.p2p.Host;
import spindrift.p2p.P2pStream;
import spindrift.p2p.PeerId;

/** A host whose messages a test makes by hand. */
final class RawPeer implements AutoCloseable {
  final Host host;
  final RecordedMessages received = new RecordedMessages();
  private final Dialect dialect;
  private final Map<PeerId, P2pStream> streams = new ConcurrentHashMap<>();

  /** What is done about a want. Calls come one at a time. */
  @FunctionalInterface
  interface Answer {
    void wanted(RawPeer self, PeerId from, WantEntry want)
        throws IOException, FaultException, InterruptedException;
  }

  RawPeer(Dialect dialect, Answer answer) throws Exception {
    this.dialect = dialect;
    host = TestNode.startHost();
    host.handle(dialect.protocol(), stream -> read(stream, answer));
  }

  /** One that never reads a stream to it. */
  static RawPeer deaf() throws Exception {
    RawPeer peer = new RawPeer(Dialect.V1_2, (self, from, want) -> {});
    peer.host.handle(Dialect.V1_2.protocol(), stream -> Thread.currentThread().join(60_000));
    return peer;
  }

  PeerId id() {
    return host.peerId();
  }

  /** Connects with a node and opens a stream to it. */
  OutputStream open(TestNode node) throws IOException, FaultException, InterruptedException {
    host.connect(TestNode.addressOf(node.host), TestNode.PATIENCE);
    return out(node.id());
  }

  void send(PeerId to, List<Block> blocks)
      throws IOException, FaultException, InterruptedException {
    send(to, OutgoingMessage.blocks(blocks, 0));
  }

  void send(PeerId to, OutgoingMessage message)
      throws IOException, FaultException, InterruptedException {
    OutputStream out = out(to);
    message.writeTo(out, dialect);
    out.flush();
  }

  OutputStream out(PeerId to) throws IOException, FaultException, InterruptedException {
    P2pStream stream = streams.get(to);
    if (stream == null) {
      stream = host.open(to, List.of(dialect.protocol()), TestNode.PATIENCE);
      streams.put(to, stream);
    }
    return stream.out();
  }

  private void read(P2pStream stream, Answer answer)
      throws IOException, FaultException, InterruptedException {
    MessageReader reader = new MessageReader(stream.in(), new Semaphore(1), received);
    while (reader.awaitMessage()) {
      List<WantEntry> wants;
      synchronized (received) {
        int before = received.wants.size();
        reader.readMessage();
        wants = List.copyOf(received.wants.subList(before, received.wants.size()));
        received.notifyAll();
      }
      for (WantEntry want : wants) {
        if (want.kind() != WantEntry.Kind.CANCEL) {
          answer.wanted(this, stream.peer(), want);
        }
      }
    }
  }

  /** Breaks the stream to a node; the next message goes over another. */
  void breakStream(PeerId to) {
    P2pStream stream = streams.remove(to);
    if (stream != null) {
      stream.reset();
    }
  }

  /** Waits until so many blocks have come. */
  List<Block> awaitBlocks(int count) throws InterruptedException {
    synchronized (received) {
      while (received.blocks.size() < count) {
        received.wait(TestNode.PATIENCE.toMillis());
      }
      return List.copyOf(received.blocks);
    }
  }

  @Override
  public void close() {
    host.close();
  }
}
