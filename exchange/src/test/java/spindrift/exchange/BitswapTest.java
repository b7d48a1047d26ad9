package spindrift.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import spindrift.base.AbsentException;
import spindrift.ipld.Block;

/** Nodes that speak with each other over loopback. */
@Timeout(120)
class BitswapTest {
  private final List<TestNode> nodes = new ArrayList<>();

  @AfterEach
  void stop() {
    nodes.forEach(TestNode::close);
  }

  @Test
  void getsBlocksFromOnePeer() throws Exception {
    List<Block> blocks = Blocks.some(1, 300, 10_000);
    TestNode server = start(blocks);
    TestNode client = start(List.of());
    try (FetchSession session = client.session(server)) {
      session.expect(Blocks.cids(blocks));
      assertLoads(session, blocks);
      assertThat(session.shares())
          .singleElement()
          .satisfies(
              share -> {
                assertThat(share.peer()).isEqualTo(server.id());
                assertThat(share.blocks()).isEqualTo(300);
                assertThat(share.bytes()).isEqualTo(3_000_000);
                assertThat(share.bytesPerSecond()).isPositive();
              });
    }
    assertThat(client.bitswap.ledgers())
        .singleElement()
        .satisfies(
            ledger -> {
              assertThat(ledger.blocksIn()).isEqualTo(300);
              assertThat(ledger.bytesIn()).isEqualTo(3_000_000);
              assertThat(ledger.bytesPerSecondIn()).isPositive();
            });
    assertThat(server.bitswap.ledgers())
        .singleElement()
        .satisfies(ledger -> assertThat(ledger.bytesOut()).isEqualTo(3_000_000));
  }

  @Test
  void getsBlocksFromFivePeersThatHaveAPartEach() throws Exception {
    List<Block> blocks = Blocks.some(1, 500, 5000);
    TestNode client = start(List.of());
    TestNode[] servers = new TestNode[5];
    for (int i = 0; i < 5; i++) {
      servers[i] = start(blocks.subList(i * 100, i * 100 + 100));
    }
    try (FetchSession session = client.session(servers)) {
      session.expect(Blocks.cids(blocks));
      assertLoads(session, blocks);
      assertThat(session.shares()).hasSize(5).allMatch(share -> share.blocks() == 100);
    }
  }

  @Test
  void whatNobodyHasIsAbsentAtOnce() throws Exception {
    TestNode server = start(List.of());
    TestNode client = start(List.of());
    Block block = Blocks.some(1, 1, 100).getFirst();
    try (FetchSession session = client.session(server)) {
      assertThatThrownBy(() -> session.load(block.cid())).isInstanceOf(AbsentException.class);
      assertThat(session.peers()).containsExactly(server.id());
    }
  }

  @Test
  void bothSidesFetchAtOnce() throws Exception {
    List<Block> left = Blocks.some(1, 200, 20_000);
    List<Block> right = Blocks.some(2, 200, 20_000);
    TestNode first = start(left);
    TestNode second = start(right);
    try (FetchSession ofFirst = first.session(second);
        FetchSession ofSecond = second.session(first)) {
      ofFirst.expect(Blocks.cids(right));
      ofSecond.expect(Blocks.cids(left));
      assertLoads(ofFirst, right);
      assertLoads(ofSecond, left);
    }
  }

  @Test
  void whatIsWantedDoesNotWaitBehindWhatIsSent() throws Exception {
    List<Block> large = Blocks.some(1, 8, 1 << 20);
    List<Block> small = Blocks.some(2, 100, 1000);
    TestNode limited = TestNode.startLimited(Blocks.of(large), 200_000);
    nodes.add(limited);
    TestNode other = start(small);
    try (FetchSession slow = other.session(limited);
        FetchSession quick = limited.session(other)) {
      slow.expect(Blocks.cids(large));
      while (limited.bitswap.ledgers().stream().noneMatch(ledger -> ledger.wants() > 0)) {
        Thread.onSpinWait();
      }
      quick.expect(Blocks.cids(small));
      assertLoads(quick, small);
      assertThat(slow.holds(large.getLast().cid())).isFalse();
    }
  }

  @Test
  void aBlockThatArrivesIsPushed() throws Exception {
    TestNode server = start(List.of());
    TestNode other = start(List.of());
    TestNode client = start(List.of());
    Block block = Blocks.some(1, 1, 100).getFirst();
    try (FetchSession session = client.session(server, other)) {
      session.expect(List.of(block.cid()));
      while (server.bitswap.ledgers().stream().noneMatch(ledger -> ledger.wants() == 1)) {
        Thread.onSpinWait();
      }
      server.blocks.put(block);
      server.bitswap.arrived(List.of(block.cid()));
      while (!session.holds(block.cid())) {
        Thread.onSpinWait();
      }
      assertThat(session.load(block.cid())).isEqualTo(block.bytes());
    }
  }

  @Test
  void wantsThatAreLostWithTheirStreamAreSentAgainAtOnce() throws Exception {
    Block block = Blocks.some(1, 1, 100).getFirst();
    AtomicInteger asked = new AtomicInteger();
    RawPeer.Answer breaksFirst =
        (self, from, want) -> {
          if (asked.incrementAndGet() == 1) {
            throw new IOException("the stream breaks");
          }
          self.send(from, List.of(block));
        };
    TestNode client =
        TestNode.start(new Blocks(), new BitswapSettings(64, 1 << 20, Duration.ofHours(1)));
    nodes.add(client);
    try (RawPeer peer = new RawPeer(Dialect.V1_2, breaksFirst)) {
      client.host.connect(TestNode.addressOf(peer.host), TestNode.PATIENCE);
      try (FetchSession session = client.bitswap.session(List.of(peer.id()))) {
        assertThat(session.load(block.cid())).isEqualTo(block.bytes());
      }
    }
  }

  @Test
  void aPeerWithoutBitswapIsLeftOut() throws Exception {
    TestNode client = start(List.of());
    try (spindrift.p2p.Host other = TestNode.startHost()) {
      client.host.connect(TestNode.addressOf(other), TestNode.PATIENCE);
      try (FetchSession session = client.bitswap.session(List.of(other.peerId()))) {
        assertThat(session.peers()).isEmpty();
      }
    }
  }

  private TestNode start(List<Block> blocks) throws Exception {
    TestNode node = TestNode.start(Blocks.of(blocks));
    nodes.add(node);
    return node;
  }

  private static void assertLoads(FetchSession session, List<Block> blocks) throws Exception {
    for (Block block : blocks) {
      assertThat(session.load(block.cid())).isEqualTo(block.bytes());
    }
  }
}
