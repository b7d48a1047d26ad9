package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import spindrift.base.AbsentException;
import spindrift.base.FaultException;

/** The handshake with peers that do not take part in it. */
@Timeout(60)
class UpgraderTest {
  private static final Duration SHORT = Duration.ofMillis(300);
  private static final Duration LONG = Duration.ofSeconds(30);

  private final HostThreads threads = new HostThreads();
  private final Upgrader upgrader =
      new Upgrader(
          Identity.generate(),
          YamuxSettings.of(10, new MemoryBudget(1 << 20), RateLimit.none()),
          threads);

  @AfterEach
  void close() throws Exception {
    threads.close(Duration.ZERO);
  }

  @ParameterizedTest
  @EnumSource
  void endsAtItsDeadlineWithAPeerThatSaysNothing(PeerInfo.Direction direction) throws Exception {
    try (ServerSocket server = server();
        SocketChannel silent = SocketChannel.open(server.getLocalSocketAddress());
        Socket accepted = server.accept()) {
      assertThatThrownBy(() -> upgrade(silent, direction, SHORT)).isInstanceOf(IOException.class);
      accepted.getOutputStream().flush();
    }
  }

  @ParameterizedTest
  @EnumSource
  void endsAtItsDeadlineWithAPeerThatSaysAByteNowAndThen(PeerInfo.Direction direction)
      throws Exception {
    CountDownLatch done = new CountDownLatch(1);
    try (ServerSocket server = server();
        SocketChannel slow = SocketChannel.open(server.getLocalSocketAddress());
        Socket accepted = server.accept()) {
      Thread drip = Thread.startVirtualThread(() -> drip(accepted, done));
      assertThatThrownBy(() -> upgrade(slow, direction, SHORT)).isInstanceOf(IOException.class);
      done.countDown();
      drip.join();
    }
  }

  /** A message as long as allowed, a byte every few milliseconds. */
  private static void drip(Socket socket, CountDownLatch done) {
    try {
      socket.getOutputStream().write(new byte[] {(byte) 0x80, 0x08});
      while (!done.await(20, TimeUnit.MILLISECONDS)) {
        socket.getOutputStream().write('x');
      }
    } catch (IOException e) {
      // It was hung up on, as it should be.
      done.countDown();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void failsWithAPeerThatSpeaksNoNoise() throws Exception {
    try (ServerSocket server = server();
        SocketChannel other = SocketChannel.open(server.getLocalSocketAddress());
        Socket accepted = server.accept()) {
      Thread answer =
          Thread.startVirtualThread(
              () -> {
                try {
                  Multistream.answer(
                      accepted.getInputStream(), accepted.getOutputStream(), "/tls/1.0.0"::equals);
                } catch (IOException | FaultException e) {
                  // The dialer has given up.
                }
              });
      assertThatThrownBy(() -> upgrade(other, PeerInfo.Direction.OUTBOUND, LONG))
          .isInstanceOf(AbsentException.class);
      answer.join();
    }
  }

  private void upgrade(SocketChannel socket, PeerInfo.Direction direction, Duration time)
      throws IOException, FaultException {
    Deadline deadline = Deadline.in(time);
    upgrader.upgrade(
        new TcpWire(socket), direction, IdentifyVectors.FIRST, Optional.empty(), deadline);
  }

  private static ServerSocket server() throws IOException {
    ServerSocket server = new ServerSocket();
    server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    return server;
  }
}
