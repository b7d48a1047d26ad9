package spindrift.p2p;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import spindrift.base.FaultException;
import spindrift.p2p.ProtocolTable.Purpose;
import spindrift.p2p.ProtocolTable.Service;

/**
 * Serves the streams that peers open: agrees on the protocol and runs its handler, within budgets.
 */
final class InboundStreams {
  private static final Logger LOG = System.getLogger(InboundStreams.class.getName());

  /** Ours: streams that all peers may have open here together. */
  static final int MAX_STREAMS = 16_384;

  /** go-libp2p's: after that a stream has to have a protocol. */
  static final Duration NEGOTIATION_TIME = Duration.ofSeconds(10);

  /** Ours: so many refused streams are one violation; fewer may be an honest burst. */
  static final int REFUSALS_PER_VIOLATION = 256;

  private final ProtocolTable protocols;
  private final int maxPerConnection;
  private final HostThreads threads;
  private final Punishment punishment;
  private final AtomicInteger open = new AtomicInteger();

  /** Counts a misbehaviour of a peer. */
  interface Punishment {
    void penalise(PeerId peer, Misbehaviour what);
  }

  InboundStreams(
      ProtocolTable protocols, int maxPerConnection, HostThreads threads, Punishment punishment) {
    this.protocols = protocols;
    this.maxPerConnection = maxPerConnection;
    this.threads = threads;
    this.punishment = punishment;
  }

  /** Serves a connection until it ends. */
  void serve(Connection connection) throws InterruptedException {
    AtomicInteger ofPeer = connection.inboundStreams();
    int refused = 0;
    for (Optional<MuxedStream> next = connection.accept();
        next.isPresent();
        next = connection.accept()) {
      MuxedStream stream = next.get();
      if (ofPeer.get() >= maxPerConnection || open.get() >= MAX_STREAMS) {
        stream.reset();
        if (++refused % REFUSALS_PER_VIOLATION == 0) {
          punishment.penalise(connection.peer(), Misbehaviour.VIOLATION);
        }
        continue;
      }
      ofPeer.incrementAndGet();
      open.incrementAndGet();
      try {
        threads.start("stream", () -> serve(connection, stream));
      } catch (RuntimeException e) {
        stream.reset();
        throw e;
      }
    }
  }

  private void serve(Connection connection, MuxedStream stream) {
    try {
      answer(connection, stream, negotiate(stream));
    } catch (IOException e) {
      stream.reset();
      LOG.log(Level.DEBUG, "lost stream peer={0} reason={1}", connection.peer().brief(), e);
    } catch (FaultException e) {
      stream.reset();
      blame(connection.peer(), e);
    } catch (InterruptedException e) {
      stream.reset();
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      stream.reset();
      throw e;
    } finally {
      connection.inboundStreams().decrementAndGet();
      open.decrementAndGet();
    }
  }

  private String negotiate(MuxedStream stream) throws IOException, FaultException {
    try (HostThreads.Alarm _ = threads.after(NEGOTIATION_TIME, stream::reset)) {
      return Multistream.answer(stream.in(), stream.out(), name -> protocols.get(name).isPresent());
    }
  }

  private void answer(Connection connection, MuxedStream stream, String protocol)
      throws IOException, FaultException, InterruptedException {
    Service service = protocols.get(protocol).orElseThrow();
    boolean upkeep = service.purpose() == Purpose.UPKEEP;
    if ((upkeep && !connection.allowsUpkeep())
        || !connection.enter(protocol, service.maxStreams())) {
      punishment.penalise(connection.peer(), Misbehaviour.NOISE);
      stream.reset();
      return;
    }
    if (!upkeep) {
      connection.streamStarted();
    }
    try (AgreedStream agreed = new AgreedStream(connection.peer(), protocol, stream, () -> {})) {
      handle(service.handler(), connection, agreed);
    } finally {
      connection.leave(protocol);
      if (!upkeep) {
        connection.streamEnded();
      }
    }
  }

  /** Resets before the stream is closed, since an error must not look like an end. */
  private static void handle(
      ProtocolTable.Handler handler, Connection connection, AgreedStream stream)
      throws IOException, FaultException, InterruptedException {
    boolean done = false;
    try {
      handler.handle(connection, stream);
      done = true;
    } finally {
      if (!done) {
        stream.reset();
      }
    }
  }

  private void blame(PeerId peer, FaultException fault) {
    LOG.log(Level.DEBUG, "failed stream peer={0} reason={1}", peer.brief(), fault.getMessage());
    switch (fault.fault()) {
      case INTEGRITY -> punishment.penalise(peer, Misbehaviour.LIE);
      case PROTOCOL, MALFORMED -> punishment.penalise(peer, Misbehaviour.VIOLATION);
      case LIMIT -> punishment.penalise(peer, Misbehaviour.NOISE);
      case ABSENT, REFUSED, CONFIG -> {}
    }
  }
}
