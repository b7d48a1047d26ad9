package spindrift.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.Bytes;
import spindrift.base.ConfigException;
import spindrift.base.JsonObject;

/** Connections of mounts with their node. */
@Timeout(60)
final class MountLinkTest {
  private static final Duration LONG = Duration.ofSeconds(50);
  private static final Bytes BLOCK = Bytes.owning(new byte[1 << 20]);
  private static final int BLOCKS = 64;

  @TempDir(factory = InMemory.class)
  Path scratch;

  private static long soon() {
    return System.nanoTime() + LONG.toNanos();
  }

  @Test
  void aNodeThatSaysNothingIsGivenUp() throws Exception {
    Path socket = ControlClient.socketIn(scratch);
    Files.createDirectories(socket.getParent());
    try (ServerSocketChannel stopped = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      stopped.bind(UnixDomainSocketAddress.of(socket));
      assertThatThrownBy(() -> MountLink.open(scratch, Duration.ofMillis(200)))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("has not answered");
    }
  }

  @Test
  void manyMountsLeaveRoomForCommands() throws Exception {
    List<NodeDepot> depots = new ArrayList<>();
    try (Node node = TestNodes.start(scratch, "none")) {
      for (int i = 0; i < 40; i++) {
        depots.add(NodeDepot.connect(scratch, LONG));
      }
      assertThat(depots.getLast().known()).isEmpty();
      assertThat(TestNodes.command(scratch, "status", JsonObject.EMPTY).object("node").text("http"))
          .isEqualTo(node.url());
    } finally {
      depots.forEach(NodeDepot::close);
    }
  }

  @Test
  void oneWhoIsInterruptedLeavesTheConnectionToOthers() throws Exception {
    try (Node node = TestNodes.start(scratch, "none");
        MountLink link = MountLink.open(scratch)) {
      assertThat(node.url()).isNotEmpty();
      JsonObject question = JsonObject.of("ask", "known");
      for (int i = 0; i < 20; i++) {
        Thread.currentThread().interrupt();
        try (MountLink.Call interrupted = link.ask(question, Bytes.EMPTY)) {
          assertThatThrownBy(() -> interrupted.next(soon()))
              .isInstanceOf(java.io.InterruptedIOException.class);
        }
        assertThat(Thread.interrupted()).isTrue();
        try (MountLink.Call call = link.ask(question, Bytes.EMPTY)) {
          assertThat(call.next(soon())).as("the end of an empty list").isEmpty();
        }
      }
    }
  }

  /** A node that answers every question with many blocks. */
  private static void answer(ServerSocketChannel server) {
    try (SocketChannel client = server.accept();
        var in = new BufferedInputStream(Channels.newInputStream(client))) {
      ControlLines lines = new ControlLines(in, Channels.newOutputStream(client));
      lines.read();
      lines.write("result", JsonObject.of("pid", 1));
      while (true) {
        long id = lines.read().whole("id");
        for (int i = 0; i < BLOCKS; i++) {
          lines.send(JsonObject.of("id", id, "at", i, "bytes", BLOCK.size()), BLOCK);
        }
        lines.send(JsonObject.of("id", id, "end", true));
      }
    } catch (EOFException e) {
      // The link was closed.
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void whoLeavesInTheMiddleOfAnAnswerKeepsNobodyWaiting() throws Exception {
    Path socket = ControlClient.socketIn(scratch);
    Files.createDirectories(socket.getParent());
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));
      Thread node = Thread.ofVirtual().start(() -> answer(server));
      try (MountLink link = MountLink.open(scratch)) {
        try (MountLink.Call left = link.ask(JsonObject.EMPTY, Bytes.EMPTY)) {
          assertThat(left.next(soon())).isPresent();
        }
        try (MountLink.Call call = link.ask(JsonObject.EMPTY, Bytes.EMPTY)) {
          int came = 0;
          while (call.next(soon()).isPresent()) {
            came++;
          }
          assertThat(came).isEqualTo(BLOCKS);
        }
      }
      node.join();
    }
  }
}
