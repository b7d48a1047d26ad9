package spindrift.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.Bytes;
import spindrift.base.JsonObject;

@Timeout(60)
final class MountLinkTest {
  private static final Bytes BLOCK = Bytes.owning(new byte[1 << 20]);
  private static final int BLOCKS = 64;

  @TempDir Path data;

  private static long until() {
    return System.nanoTime() + TimeUnit.SECONDS.toNanos(50);
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
    Path socket = ControlClient.socketIn(data);
    Files.createDirectories(socket.getParent());
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));
      Thread node = Thread.ofVirtual().start(() -> answer(server));
      try (MountLink link = MountLink.open(data)) {
        try (MountLink.Call left = link.ask(JsonObject.EMPTY, Bytes.EMPTY)) {
          assertThat(left.next(until())).isPresent();
        }
        try (MountLink.Call call = link.ask(JsonObject.EMPTY, Bytes.EMPTY)) {
          int came = 0;
          while (call.next(until()).isPresent()) {
            came++;
          }
          assertThat(came).isEqualTo(BLOCKS);
        }
      }
      node.join();
    }
  }
}
