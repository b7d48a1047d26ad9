package spindrift.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import spindrift.base.AbsentException;
import spindrift.ipld.Block;
import spindrift.ipld.Cid;
import spindrift.p2p.Multiaddr;
import spindrift.p2p.PeerId;
import spindrift.testkit.OtherPeer;
import spindrift.testkit.PeerProgram;

/** Bitswap by others: Helia, Kubo's libraries, and Kubo where it is installed. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class OtherPeersTest {
  /** Bitswap's largest block. */
  private static final int LARGEST = 2 << 20;

  @TempDir private Path scratch;
  private final List<AutoCloseable> opened = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : opened.reversed()) {
      one.close();
    }
  }

  private OtherPeer start(PeerProgram program) throws Exception {
    assumeThat(program.missing()).as(program.missing().orElse("")).isEmpty();
    OtherPeer other = program.start(scratch);
    opened.add(other);
    return other;
  }

  private TestNode start(List<Block> blocks) throws Exception {
    TestNode node = TestNode.start(Blocks.of(blocks));
    opened.add(node);
    return node;
  }

  private static PeerId dial(TestNode node, OtherPeer other) throws Exception {
    return node.host.connect(Multiaddr.parse(other.address()), TestNode.PATIENCE);
  }

  @ParameterizedTest
  @EnumSource
  void theyGetBlocksOfAllSizes(PeerProgram program) throws Exception {
    List<Block> blocks = sizes();
    TestNode node = start(blocks);
    OtherPeer other = start(program);
    other.connect(TestNode.addressOf(node.host).toString());
    for (Block block : blocks) {
      assertThat(other.block(block.cid().toString())).isEqualTo(block.bytes());
    }
  }

  @ParameterizedTest
  @EnumSource
  void theyGetABlockThatArrivesLater(PeerProgram program) throws Exception {
    Block block = Blocks.some(1, 1, 5000).getFirst();
    TestNode node = start(List.of());
    OtherPeer other = start(program);
    dial(node, other);
    other.want(block.cid().toString());
    while (node.bitswap.ledgers().stream().noneMatch(ledger -> ledger.wants() == 1)) {
      Thread.onSpinWait();
    }
    node.blocks.put(block);
    node.bitswap.arrived(List.of(block.cid()));
    other.awaitBlock(block.cid().toString());
  }

  @ParameterizedTest
  @EnumSource
  void weGetBlocksOfAllSizes(PeerProgram program) throws Exception {
    List<Block> blocks = sizes();
    TestNode node = start(List.of());
    OtherPeer other = start(program);
    for (Block block : blocks) {
      assertThat(other.put(block.bytes())).isEqualTo(block.cid().toString());
    }
    PeerId id = dial(node, other);
    try (FetchSession session = node.bitswap.session(List.of(id))) {
      session.expect(Blocks.cids(blocks));
      for (Block block : blocks) {
        assertThat(session.load(block.cid())).isEqualTo(block.bytes());
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void weAreToldWhatTheyDoNotHave(PeerProgram program) throws Exception {
    Cid nobodys = Blocks.some(1, 1, 100).getFirst().cid();
    TestNode node = start(List.of());
    PeerId id = dial(node, start(program));
    try (FetchSession session = node.bitswap.session(List.of(id))) {
      assertThatThrownBy(() -> session.load(nobodys)).isInstanceOf(AbsentException.class);
    }
  }

  @ParameterizedTest
  @EnumSource
  void bothGetFromEachOther(PeerProgram program) throws Exception {
    List<Block> ours = Blocks.some(1, 20, 100_000);
    List<Block> theirs = Blocks.some(2, 20, 100_000);
    TestNode node = start(ours);
    OtherPeer other = start(program);
    for (Block block : theirs) {
      other.put(block.bytes());
    }
    PeerId id = dial(node, other);
    try (FetchSession session = node.bitswap.session(List.of(id))) {
      session.expect(Blocks.cids(theirs));
      for (int i = 0; i < ours.size(); i++) {
        assertThat(other.block(ours.get(i).cid().toString())).isEqualTo(ours.get(i).bytes());
        assertThat(session.load(theirs.get(i).cid())).isEqualTo(theirs.get(i).bytes());
      }
    }
  }

  private static List<Block> sizes() {
    List<Block> blocks = new ArrayList<>();
    for (int size : List.of(1, 1000, 1025, 65_536, 1 << 20, LARGEST)) {
      blocks.addAll(Blocks.some(size, 1, size));
    }
    return blocks;
  }
}
