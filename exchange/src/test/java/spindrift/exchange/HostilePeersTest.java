package spindrift.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import spindrift.base.AbsentException;
import spindrift.base.Bytes;
import spindrift.base.ProtoWriter;
import spindrift.ipld.Block;
import spindrift.p2p.PeerId;

/** Peers that lie, stall, vanish, flood or keep still; all others get what they want. */
@Timeout(120)
class HostilePeersTest {
  /** So patient that a busy machine is not taken for a peer that stalls. */
  private static final BitswapSettings PATIENT =
      new BitswapSettings(2000, 1 << 20, Duration.ofSeconds(60));

  private static final BitswapSettings IMPATIENT =
      new BitswapSettings(2000, 1 << 20, Duration.ofMillis(500));

  private final List<AutoCloseable> open = new ArrayList<>();
  private final List<Block> blocks = Blocks.some(1, 120, 20_000);

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable closeable : open) {
      closeable.close();
    }
  }

  @Test
  void aPeerThatNeverAnswersIsReplaced() throws Exception {
    RawPeer stalling = raw((self, from, want) -> {});
    TestNode client = node(List.of());
    try (FetchSession session = session(client, stalling, node(blocks))) {
      // Nobody waits until it is known to stall: the other helps.
      assertLoadsAll(session);
    }
  }

  @Test
  void aPeerThatNeverAnswersIsAbsenceInTheEnd() throws Exception {
    RawPeer stalling = raw((self, from, want) -> {});
    TestNode client = node(List.of(), IMPATIENT);
    try (FetchSession session = session(client, stalling)) {
      assertThatThrownBy(() -> session.load(blocks.getFirst().cid()))
          .isInstanceOf(AbsentException.class);
      assertThat(session.peers()).isEmpty();
      await(() -> client.host.peer(stalling.id()).orElseThrow().score() < 0);
    }
  }

  @Test
  void aPeerThatSendsOtherBlocksIsDroppedAndBanned() throws Exception {
    List<Block> garbage = Blocks.some(2, 40, 20_000);
    RawPeer lying =
        raw(
            (self, from, want) -> {
              for (Block block : garbage) {
                self.send(from, List.of(block));
              }
            });
    TestNode client = node(List.of());
    try (FetchSession session = session(client, lying, node(blocks))) {
      assertLoadsAll(session);
      assertThat(session.peers()).doesNotContain(lying.id());
      await(() -> client.host.peer(lying.id()).isEmpty());
    }
  }

  @Test
  void aPeerThatVanishesMidwayIsReplaced() throws Exception {
    TestNode vanishing = node(blocks);
    TestNode staying = node(blocks);
    TestNode client = node(List.of());
    try (FetchSession session = client.session(vanishing, staying)) {
      session.expect(Blocks.cids(blocks));
      for (int i = 0; i < blocks.size(); i++) {
        if (i == 30) {
          vanishing.host.close();
        }
        assertThat(session.load(blocks.get(i).cid())).isEqualTo(blocks.get(i).bytes());
      }
    }
  }

  @Test
  void absentWhenTheOnlyPeerVanishes() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    RawPeer vanishing = raw((self, from, want) -> asked.countDown());
    TestNode client = node(List.of());
    try (FetchSession session = session(client, vanishing)) {
      session.expect(Blocks.cids(blocks));
      assertThat(asked.await(30, TimeUnit.SECONDS)).isTrue();
      vanishing.close();
      assertThatThrownBy(() -> session.load(blocks.getFirst().cid()))
          .isInstanceOf(AbsentException.class);
      assertThat(session.peers()).isEmpty();
    }
  }

  @Test
  void whatIsLostWithAStreamIsAskedForAgain() throws Exception {
    Blocks shared = Blocks.of(blocks);
    TestNode client = node(List.of());
    List<WantEntry> seen = new ArrayList<>();
    RawPeer breaking =
        raw(
            (self, from, want) -> {
              // Of the first eight wants one is answered, and the others go down with the stream.
              boolean early = seen.size() < 8;
              seen.add(want);
              if (!early || seen.size() == 1) {
                Bytes bytes = shared.read(want.cid()).orElseThrow();
                self.send(from, List.of(new Block(want.cid(), bytes)));
              }
              if (seen.size() == 8) {
                await(() -> client.bitswap.ledgers().getFirst().blocksIn() > 0);
                self.out(from).write(new byte[] {50, 10, 0});
                self.out(from).flush();
                self.breakStream(from);
              }
            });
    try (FetchSession session = session(client, breaking)) {
      assertLoadsAll(session);
    }
  }

  @Test
  void aPeerThatSendsByteByByteIsReplaced() throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    RawPeer trickling = raw((self, from, want) -> trickle(self.out(from), over));
    TestNode impatient = node(List.of(), IMPATIENT);
    TestNode client = node(List.of());
    try (FetchSession alone = session(impatient, trickling);
        FetchSession session = session(client, trickling, node(blocks))) {
      assertThatThrownBy(() -> alone.load(blocks.getFirst().cid()))
          .isInstanceOf(AbsentException.class);
      assertLoadsAll(session);
    } finally {
      over.countDown();
    }
  }

  private void trickle(OutputStream out, CountDownLatch over)
      throws IOException, InterruptedException {
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    OutgoingMessage.blocks(List.of(blocks.getFirst()), 0).writeTo(message, Dialect.V1_2);
    for (byte b : message.toByteArray()) {
      out.write(b);
      out.flush();
      if (over.await(20, TimeUnit.MILLISECONDS)) {
        return;
      }
    }
  }

  @Test
  void aSlowPeerDoesNotHoldUpTheOthers() throws Exception {
    Blocks shared = Blocks.of(blocks);
    RawPeer slow =
        raw(
            (self, from, want) -> {
              boolean ignored = new CountDownLatch(1).await(300, TimeUnit.MILLISECONDS);
              self.send(
                  from, List.of(new Block(want.cid(), shared.read(want.cid()).orElseThrow())));
            });
    TestNode client = node(List.of());
    try (FetchSession session = session(client, slow, node(blocks))) {
      assertLoadsAll(session);
      assertThat(session.peers()).hasSize(2);
      assertThat(session.shares())
          .filteredOn(share -> share.peer().equals(slow.id()))
          .allMatch(share -> share.blocks() < 40);
    }
  }

  @Test
  void aFloodOfBlocksThatNobodyWantsEndsInABan() throws Exception {
    RawPeer flooding = raw((self, from, want) -> {});
    TestNode node = node(blocks);
    flooding.open(node);
    List<Block> flood = Blocks.some(3, 20, 1 << 20);
    assertThatThrownBy(
            () -> {
              while (true) {
                flooding.send(node.id(), flood.subList(0, 3));
              }
            })
        .isInstanceOf(IOException.class);
    await(() -> node.host.peer(flooding.id()).isEmpty());
    assertServes(node);
  }

  @Test
  void aWantlistOfAMillionEntriesTakesLittleMemory() throws Exception {
    RawPeer greedy = raw((self, from, want) -> {});
    TestNode node = node(blocks);
    OutputStream out = greedy.open(node);
    int count = 50_000;
    String digestAndPriority = "00".repeat(32) + "1001";
    String entry = "0a28" + "0a24" + "01551220" + digestAndPriority;
    byte[] wantlist = Bytes.parseHex(entry.repeat(count)).toArray();
    for (int message = 0; message < 20; message++) {
      for (int i = 0; i < count; i++) {
        int digest = i * (wantlist.length / count) + 8;
        wantlist[digest] = (byte) i;
        wantlist[digest + 1] = (byte) (i >> 8);
        wantlist[digest + 2] = (byte) message;
      }
      new ProtoWriter().bytes(1, Bytes.copyOf(wantlist)).toDelimited().writeTo(out);
      out.flush();
    }
    greedy.send(
        node.id(),
        OutgoingMessage.words(
            List.of(WantEntry.block(blocks.getFirst().cid(), Integer.MAX_VALUE)), List.of()));
    assertThat(greedy.awaitBlocks(1)).containsExactly(blocks.getFirst());
    assertThat(node.bitswap.ledgers())
        .singleElement()
        .satisfies(ledger -> assertThat(ledger.wants()).isBetween(1, 2000));
    assertServes(node);
  }

  @Test
  void aPeerThatStopsReadingCostsOnlyItsOwnQueue() throws Exception {
    List<Block> large = Blocks.some(4, 100, 500_000);
    TestNode node = node(large);
    RawPeer deaf = RawPeer.deaf();
    open.add(deaf);
    deaf.open(node);
    deaf.send(
        node.id(),
        OutgoingMessage.words(
            large.stream().map(block -> WantEntry.block(block.cid(), 1)).toList(), List.of()));
    await(() -> node.bitswap.ledgers().stream().anyMatch(ledger -> ledger.wants() > 0));
    TestNode client = node(List.of());
    try (FetchSession session = client.session(node)) {
      session.expect(Blocks.cids(large));
      for (Block block : large) {
        assertThat(session.load(block.cid())).isEqualTo(block.bytes());
      }
    }
    assertThat(node.bitswap.ledgers())
        .filteredOn(ledger -> ledger.peer().equals(deaf.id()))
        .allMatch(ledger -> ledger.wants() > 50);
  }

  @Test
  void aMessageThatIsTooLargeOrNoneIsAViolation() throws Exception {
    TestNode node = node(blocks);
    for (String hex : List.of("81808002", "020000", "0203ff")) {
      RawPeer breaking = raw((self, from, want) -> {});
      OutputStream out = breaking.open(node);
      Bytes.parseHex(hex).writeTo(out);
      out.flush();
      await(() -> node.host.peer(breaking.id()).map(info -> info.score() < 0).orElse(true));
    }
    assertServes(node);
  }

  @Test
  void moreStreamsThanAnyoneNeedsAreRefused() throws Exception {
    TestNode node = node(blocks);
    RawPeer opening = raw((self, from, want) -> {});
    opening.open(node);
    byte[] empty = {0};
    assertThatThrownBy(
            () -> {
              List<OutputStream> streams = new ArrayList<>();
              for (int i = 0; i < 60; i++) {
                streams.add(
                    opening
                        .host
                        .open(node.id(), List.of(Dialect.V1_2.protocol()), TestNode.PATIENCE)
                        .out());
              }
              for (int round = 0; round < 10_000; round++) {
                for (OutputStream out : streams) {
                  out.write(empty);
                  out.flush();
                }
              }
            })
        .isInstanceOf(IOException.class);
    assertServes(node);
  }

  /** A stranger still gets everything from a node. */
  private void assertServes(TestNode node) throws Exception {
    TestNode stranger = node(List.of());
    try (FetchSession session = stranger.session(node)) {
      assertLoadsAll(session);
    }
  }

  private void assertLoadsAll(FetchSession session) throws Exception {
    session.expect(Blocks.cids(blocks));
    for (Block block : blocks) {
      assertThat(session.load(block.cid())).isEqualTo(block.bytes());
    }
  }

  private TestNode node(List<Block> shared) throws Exception {
    return node(shared, PATIENT);
  }

  private TestNode node(List<Block> shared, BitswapSettings settings) throws Exception {
    TestNode node = TestNode.start(Blocks.of(shared), settings);
    open.add(node);
    return node;
  }

  private RawPeer raw(RawPeer.Answer answer) throws Exception {
    RawPeer peer = new RawPeer(Dialect.V1_2, answer);
    open.add(peer);
    return peer;
  }

  private static FetchSession session(TestNode client, RawPeer raw, TestNode... nodes)
      throws Exception {
    client.host.connect(TestNode.addressOf(raw.host), TestNode.PATIENCE);
    List<PeerId> peers = new ArrayList<>();
    peers.add(raw.id());
    for (TestNode node : nodes) {
      client.host.connect(TestNode.addressOf(node.host), TestNode.PATIENCE);
      peers.add(node.id());
    }
    return client.bitswap.session(peers);
  }

  private static void await(BooleanSupplier condition) {
    long end = System.nanoTime() + TestNode.PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("time is up").isLessThan(end);
      Thread.onSpinWait();
    }
  }
}
