package spindrift.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.ConfigException;
import spindrift.base.JsonObject;

/** Connections of mounts with their node. */
@Timeout(60)
final class MountLinkTest {
  private static final Duration LONG = Duration.ofSeconds(50);

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
        try (MountLink.Call interrupted = link.ask(question)) {
          assertThatThrownBy(() -> interrupted.next(soon()))
              .isInstanceOf(java.io.InterruptedIOException.class);
        }
        assertThat(Thread.interrupted()).isTrue();
        try (MountLink.Call call = link.ask(question)) {
          assertThat(call.next(soon())).as("the end of an empty list").isEmpty();
        }
      }
    }
  }
}
