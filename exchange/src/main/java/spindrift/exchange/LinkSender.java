package spindrift.exchange;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.System.Logger.Level;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import spindrift.base.FaultException;
import spindrift.ipld.Block;
import spindrift.p2p.Host;
import spindrift.p2p.P2pStream;
import spindrift.p2p.PeerId;

/**
 * Sends what is in a peer's outbox over one stream that it opened, and opens another where that
 * fails. Runs on one virtual thread, whose own the stream is.
 */
final class LinkSender {
  private static final System.Logger LOG = System.getLogger(LinkSender.class.getName());
  private static final Duration OPEN_TIMEOUT = Duration.ofSeconds(10);

  /** Ours: pauses before a message is tried once more. */
  private static final List<Duration> PAUSES =
      List.of(Duration.ofMillis(50), Duration.ofMillis(500), Duration.ofSeconds(2));

  private static final int BUFFER_BYTES = 64 << 10;

  private final Host host;
  private final PeerId peer;
  private final Outbox outbox;
  private final Traffic traffic;
  private final UnaryOperator<OutgoingMessage> again;
  private final Runnable lost;
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile @Nullable P2pStream stream;
  private OutputStream out = OutputStream.nullOutputStream();

  /**
   * @param again what to send in place of a message of which is not known how much has arrived
   * @param lost runs when a stream has broken, and with it what was sent and not read by the peer
   */
  LinkSender(
      Host host,
      PeerId peer,
      Outbox outbox,
      Traffic traffic,
      UnaryOperator<OutgoingMessage> again,
      Runnable lost) {
    this.host = host;
    this.peer = peer;
    this.outbox = outbox;
    this.traffic = traffic;
    this.again = again;
    this.lost = lost;
  }

  /**
   * Sends until closed.
   *
   * @param afterEach runs when there is room in the outbox again
   * @throws IOException when the peer cannot be sent anything
   * @throws FaultException when it speaks no Bitswap
   */
  void run(Runnable afterEach) throws IOException, FaultException, InterruptedException {
    try {
      Optional<OutgoingMessage> message = outbox.take();
      while (message.isPresent()) {
        deliver(message.get());
        outbox.sent();
        afterEach.run();
        message = outbox.take();
      }
    } finally {
      reset();
    }
  }

  /** Makes {@link #run} end, whatever it waits for. */
  void close() {
    closed.countDown();
    outbox.close();
    reset();
  }

  private void deliver(OutgoingMessage message)
      throws IOException, FaultException, InterruptedException {
    OutgoingMessage pending = message;
    for (int attempt = 0; ; attempt++) {
      try {
        send(pending);
        return;
      } catch (IOException e) {
        reset();
        if (attempt == PAUSES.size()
            || closed.await(PAUSES.get(attempt).toMillis(), TimeUnit.MILLISECONDS)) {
          throw e;
        }
        LOG.log(Level.DEBUG, "send again peer={0} cause={1}", peer.brief(), e.getMessage());
        pending = again.apply(pending);
      }
    }
  }

  private void send(OutgoingMessage message)
      throws IOException, FaultException, InterruptedException {
    P2pStream open = stream;
    boolean isNew = open == null;
    if (open == null) {
      open = host.open(peer, Dialect.PROTOCOLS, OPEN_TIMEOUT);
      stream = open;
      out = new BufferedOutputStream(open.out(), BUFFER_BYTES);
      if (closed.getCount() == 0) {
        throw new IOException("closed");
      }
    }
    message.writeTo(out, Dialect.of(open.protocol()));
    out.flush();
    if (isNew) {
      P2pStream watched = open;
      Thread.ofVirtual().name("bitswap-watch-" + peer.brief()).start(() -> watch(watched));
    }
    for (Block block : message.blocks()) {
      traffic.sent(block.bytes().size());
    }
  }

  /** A peer says nothing on a stream of ours; but when it breaks, that may be seen by reading. */
  private void watch(P2pStream open) {
    byte[] ignored = new byte[64];
    boolean more = true;
    while (more) {
      try {
        more = open.in().read(ignored) >= 0;
      } catch (SocketTimeoutException e) {
        more = open.equals(stream);
      } catch (IOException e) {
        if (open.equals(stream)) {
          LOG.log(Level.DEBUG, "lost stream peer={0} cause={1}", peer.brief(), e.getMessage());
          lost.run();
        }
        more = false;
      }
    }
  }

  private void reset() {
    P2pStream open = stream;
    stream = null;
    if (open != null) {
      open.reset();
    }
  }
}
