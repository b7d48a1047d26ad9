package spindrift.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import spindrift.base.AbsentException;
import spindrift.base.Bytes;
import spindrift.ipld.Block;
import spindrift.ipld.Cid;

/** Peers that speak one version of Bitswap only. */
@Timeout(60)
class OldDialectsTest {
  private final List<Block> blocks = Blocks.some(1, 40, 2000);

  @ParameterizedTest
  @EnumSource
  void getsBlocksFromAPeer(Dialect dialect) throws Exception {
    Blocks shared = Blocks.of(blocks);
    try (RawPeer peer =
            new RawPeer(dialect, (self, from, want) -> answer(self, from, want, shared));
        TestNode client = TestNode.start(new Blocks())) {
      client.host.connect(TestNode.addressOf(peer.host), TestNode.PATIENCE);
      try (FetchSession session = client.bitswap.session(List.of(peer.id()))) {
        assertThat(session.peers()).containsExactly(peer.id());
        session.expect(Blocks.cids(blocks));
        for (Block block : blocks) {
          assertThat(session.load(block.cid())).isEqualTo(block.bytes());
        }
      }
      assertThat(peer.received.wants)
          .extracting(WantEntry::dontHave)
          .containsOnly(
              dialect.hasPresences() ? WantEntry.DontHave.SAY : WantEntry.DontHave.KEEP_QUIET);
    }
  }

  @ParameterizedTest
  @EnumSource
  void servesAPeer(Dialect dialect) throws Exception {
    Block node = Block.of(Cid.DAG_PB, Bytes.utf8("node"));
    Cid v0 = Cid.v0(node.cid().hash());
    Block absent = Blocks.some(2, 1, 10).getFirst();
    try (TestNode server = TestNode.start(Blocks.of(blocks));
        RawPeer peer = new RawPeer(dialect, (self, from, want) -> {})) {
      server.blocks.put(node);
      peer.open(server);
      peer.send(server.id(), wants(List.of(absent.cid(), v0, blocks.getFirst().cid())));
      boolean prefixes = dialect.hasPrefixes();
      assertThat(peer.awaitBlocks(2))
          .containsExactlyInAnyOrder(
              new Block(v0, node.bytes()),
              prefixes
                  ? blocks.getFirst()
                  : new Block(Cid.v0(blocks.getFirst().cid().hash()), blocks.getFirst().bytes()));
      server.blocks.put(absent);
      server.bitswap.arrived(List.of(absent.cid()));
      assertThat(peer.awaitBlocks(3).getLast().bytes()).isEqualTo(absent.bytes());
      assertThat(peer.received.presences).hasSize(dialect.hasPresences() ? 1 : 0);
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatAPeerLacksIsAbsentAfterAWhile(Dialect dialect) throws Exception {
    BitswapSettings impatient = new BitswapSettings(100, 1 << 20, Duration.ofMillis(300));
    try (RawPeer peer = new RawPeer(dialect, (self, from, want) -> {});
        TestNode client = TestNode.start(new Blocks(), impatient)) {
      client.host.connect(TestNode.addressOf(peer.host), TestNode.PATIENCE);
      try (FetchSession session = client.bitswap.session(List.of(peer.id()))) {
        assertThatThrownBy(() -> session.load(blocks.getFirst().cid()))
            .isInstanceOf(AbsentException.class);
      }
    }
  }

  private static void answer(RawPeer self, spindrift.p2p.PeerId from, WantEntry want, Blocks shared)
      throws java.io.IOException, spindrift.base.FaultException, InterruptedException {
    Optional<Bytes> bytes = shared.read(want.cid());
    self.send(from, List.of(new Block(want.cid(), bytes.orElseThrow())));
  }

  private static OutgoingMessage wants(List<Cid> cids) {
    return OutgoingMessage.words(
        cids.stream().map(cid -> WantEntry.block(cid, 1)).toList(), List.of());
  }
}
