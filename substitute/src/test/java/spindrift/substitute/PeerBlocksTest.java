package spindrift.substitute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.AbsentException;
import spindrift.base.ByteSource;
import spindrift.base.ByteTarget;
import spindrift.base.Bytes;
import spindrift.base.MalformedDataException;
import spindrift.ipld.Block;
import spindrift.ipld.BlockSource;

final class PeerBlocksTest {
  private final SignedNar object = SignedNar.noise(1, 3 << 20);
  private FetchingNode node;

  @BeforeEach
  void open(@TempDir Path directory) throws IOException {
    node = new FetchingNode(directory);
  }

  @AfterEach
  void close() throws IOException {
    node.close();
  }

  @Test
  void findsBlocksHereAndAtPeers() throws Exception {
    Block here = Block.raw(Bytes.utf8("here"));
    node.blocks.accept(here);
    node.peers.add().holds(object);
    BlockSource blocks = node.substituter.peers().blocks(node.blocks);
    assertThat(blocks.load(here.cid())).isEqualTo(here.bytes());
    assertThat(node.peers.sessions).isEmpty();
    assertThat(blocks.load(object.views().nar()))
        .isEqualTo(object.blocks().load(object.views().nar()));
  }

  @Test
  void asksOnceForANodeThatOneRequestReadsTwice() throws Exception {
    node.peers.add().holds(object);
    BlockSource blocks = node.substituter.peers().blocks(node.blocks);
    blocks.load(object.views().nar());
    long before = node.peers.bytesSent();
    blocks.load(object.views().nar());
    assertThat(node.peers.bytesSent()).isEqualTo(before);
  }

  @Test
  void saysThatABlockIsAbsent() {
    node.peers.add();
    assertThatThrownBy(
            () -> node.substituter.peers().blocks(node.blocks).load(Block.raw(Bytes.EMPTY).cid()))
        .isInstanceOf(AbsentException.class);
  }

  @Test
  void readsAFileAhead() throws Exception {
    node.peers.add().holds(object);
    ByteSource file = node.substituter.peers().file(object.views().nar(), node.blocks);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    file.writeTo(ByteTarget.of(out), 100, file.size());
    assertThat(Bytes.owning(out.toByteArray()))
        .isEqualTo(object.nar().slice(100, object.nar().size()));
    assertThat(node.peers.sessions.getLast().order.size()).isGreaterThan(10);
    assertThat(node.peers.sessions.getLast().closed).isTrue();
  }

  @Test
  void takesNoDirectoryForAFile() {
    node.peers.add().holds(object);
    assertThatThrownBy(() -> node.substituter.peers().file(object.views().tree(), node.blocks))
        .isInstanceOf(MalformedDataException.class);
  }

  @Test
  void closesItsSessionWithTheNode() throws Exception {
    node.peers.add().holds(object);
    node.substituter.peers().blocks(node.blocks).load(object.views().nar());
    node.substituter.close();
    assertThat(node.peers.sessions).hasSize(1).allMatch(session -> session.closed);
  }
}
