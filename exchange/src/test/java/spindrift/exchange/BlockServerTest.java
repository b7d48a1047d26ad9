package spindrift.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import spindrift.base.Bytes;
import spindrift.ipld.Block;
import spindrift.ipld.Cid;

@Timeout(60)
class BlockServerTest {
  private static final long QUEUE_BYTES = 1 << 20;

  private final AtomicLong queuedInAll = new AtomicLong();
  private final List<BlockServer> servers = new ArrayList<>();

  @AfterEach
  void stop() throws Exception {
    for (BlockServer server : servers) {
      server.close();
      for (Thread thread : server.threads()) {
        assertThat(thread.join(java.time.Duration.ofSeconds(20))).isTrue();
      }
    }
  }

  @Test
  void sendsBlocksInTheOrderOfTheirUrgency() throws Exception {
    List<Block> blocks = Blocks.some(1, 5, 2000);
    Client client = new Client(server(Blocks.of(blocks)));
    for (int i = 0; i < 5; i++) {
      client.want(WantEntry.block(blocks.get(i).cid(), i));
    }
    client.wake();
    assertThat(client.receiveBlocks(5)).isEqualTo(blocks.reversed());
  }

  @Test
  void saysHaveOfALargeBlockAndSendsASmallOneAtOnce() throws Exception {
    Block large = Blocks.some(1, 1, 1025).getFirst();
    Block small = Blocks.some(2, 1, 1024).getFirst();
    Client client = new Client(server(Blocks.of(List.of(large, small))));
    client.want(have(large.cid(), WantEntry.DontHave.SAY));
    client.want(have(small.cid(), WantEntry.DontHave.SAY));
    client.wake();
    assertThat(client.receiveBlocks(1)).containsExactly(small);
    assertThat(client.words.take().orElseThrow().presences())
        .containsExactly(new OutgoingMessage.PresenceEntry(large.cid(), Presence.HAVE));
  }

  @Test
  void saysThatABlockIsAbsentOnlyWhenAsked() throws Exception {
    List<Block> absent = Blocks.some(1, 4, 10);
    Client client = new Client(server(new Blocks()));
    client.want(have(absent.get(0).cid(), WantEntry.DontHave.SAY));
    client.want(have(absent.get(1).cid(), WantEntry.DontHave.KEEP_QUIET));
    client.want(WantEntry.block(absent.get(2).cid(), 1));
    client.want(
        new WantEntry(absent.get(3).cid(), 1, WantEntry.Kind.BLOCK, WantEntry.DontHave.KEEP_QUIET));
    client.wake();
    assertThat(client.words.take().orElseThrow().presences())
        .containsExactlyInAnyOrder(
            new OutgoingMessage.PresenceEntry(absent.get(0).cid(), Presence.DONT_HAVE),
            new OutgoingMessage.PresenceEntry(absent.get(2).cid(), Presence.DONT_HAVE));
  }

  @Test
  void aPeerThatTakesNothingHoldsOnlyItsOwnQueue() throws Exception {
    List<Block> blocks = Blocks.some(1, 100, 100_000);
    BlockServer server = server(Blocks.of(blocks));
    Client silent = new Client(server);
    Client other = new Client(server);
    silent.wantAll(blocks);
    other.wantAll(blocks);
    assertThat(other.receiveBlocks(100)).hasSize(100);
    assertThat(silent.outbox.queuedBytes()).isLessThan(QUEUE_BYTES + (512 << 10) + 100_000);
    assertThat(silent.wants.size()).isGreaterThan(80);
    assertThat(silent.receiveBlocks(100)).hasSize(100);
    assertThat(queuedInAll).hasValue(0);
  }

  @Test
  void peersTakeTurnsByBytes() throws Exception {
    List<Block> large = Blocks.some(1, 40, 200_000);
    List<Block> small = Blocks.some(2, 4000, 2000);
    Blocks shared = Blocks.of(large);
    small.forEach(shared::put);
    List<Integer> order = java.util.Collections.synchronizedList(new ArrayList<>());
    CountDownLatch start = new CountDownLatch(1);
    BlockServer server = started(new Ordered(shared, order, start), 1L << 30, 1);
    Client first = new Client(server);
    first.want(WantEntry.block(Ordered.WAITING.cid(), Integer.MAX_VALUE));
    first.wantAll(large);
    Client second = new Client(server);
    second.wantAll(small);
    start.countDown();
    first.receiveBlocks(40);
    second.receiveBlocks(4000);
    long ofFirst = 0;
    long ofSecond = 0;
    long widest = 0;
    for (int size : order) {
      ofFirst += size > 2000 ? size : 0;
      ofSecond += size > 2000 ? 0 : size;
      if (ofFirst < 7_000_000 && ofSecond < 7_000_000) {
        widest = Math.max(widest, Math.abs(ofFirst - ofSecond));
      }
    }
    assertThat(widest).isLessThan(1_000_000);
  }

  @Test
  void whatIsCancelledInTheQueueIsNotSent() throws Exception {
    List<Block> blocks = Blocks.some(1, 3, 1000);
    Client client = new Client(server(Blocks.of(blocks)));
    client.wantAll(blocks);
    while (client.wants.size() > 0 || client.outbox.queuedBytes() < 3000) {
      Thread.onSpinWait();
    }
    client.outbox.drop(blocks.get(1).cid());
    assertThat(client.receiveBlocks(2)).containsExactly(blocks.get(0), blocks.get(2));
    assertThat(queuedInAll).hasValue(0);
  }

  @Test
  void whatIsFoundIsSentThoughAnotherReadFails() throws Exception {
    List<Block> blocks = Blocks.some(1, 3, 2000);
    Cid broken = blocks.get(1).cid();
    Blocks whole = Blocks.of(blocks);
    SharedBlocks shared =
        new SharedBlocks() {
          @Override
          public OptionalInt size(Cid cid) {
            return whole.size(cid);
          }

          @Override
          public Optional<Bytes> read(Cid cid) {
            if (cid.equals(broken)) {
              throw new IllegalStateException("a mistake");
            }
            return whole.read(cid);
          }
        };
    Client client = new Client(server(shared));
    client.wantAll(blocks);
    assertThat(client.receiveBlocks(2)).containsExactly(blocks.get(0), blocks.get(2));
    assertThat(client.words.take().orElseThrow().presences())
        .containsExactly(new OutgoingMessage.PresenceEntry(broken, Presence.DONT_HAVE));
  }

  private BlockServer server(SharedBlocks shared) {
    return started(shared, QUEUE_BYTES, 2);
  }

  private BlockServer started(SharedBlocks shared, long queueBytes, int threads) {
    BlockServer server = new BlockServer(shared, queueBytes, queuedInAll, threads);
    servers.add(server);
    return server;
  }

  private static WantEntry have(Cid cid, WantEntry.DontHave dontHave) {
    return new WantEntry(cid, 1, WantEntry.Kind.HAVE, dontHave);
  }

  /** A peer as the server sees it. */
  private final class Client {
    private final PeerWants wants = new PeerWants(16_384, new AtomicLong());
    private final WordOutbox words = new WordOutbox();
    private final BlockOutbox outbox = new BlockOutbox(queuedInAll);
    private final BlockServer server;
    private final BlockServer.Turn turn = new BlockServer.Turn(wants, words, outbox);

    Client(BlockServer server) {
      this.server = server;
    }

    void want(WantEntry entry) {
      wants.put(entry, wants.beginRound());
    }

    void wantAll(List<Block> blocks) {
      blocks.forEach(block -> want(WantEntry.block(block.cid(), 1)));
      wake();
    }

    void wake() {
      server.wake(turn);
    }

    OutgoingMessage receive() throws InterruptedException {
      OutgoingMessage message = outbox.take().orElseThrow();
      outbox.sent();
      wake();
      return message;
    }

    List<Block> receiveBlocks(int count) throws InterruptedException {
      List<Block> received = new ArrayList<>();
      while (received.size() < count) {
        received.addAll(receive().blocks());
      }
      return received;
    }
  }

  /** Notes in which order blocks are read, from when it was started. */
  private record Ordered(SharedBlocks blocks, List<Integer> sizes, CountDownLatch start)
      implements SharedBlocks {
    static final Block WAITING = Block.raw(Bytes.utf8("wait"));

    @Override
    public OptionalInt size(Cid cid) throws java.io.IOException {
      return blocks.size(cid);
    }

    @Override
    public Optional<Bytes> read(Cid cid)
        throws java.io.IOException, spindrift.base.IntegrityException {
      if (cid.equals(WAITING.cid())) {
        await();
        return Optional.empty();
      }
      Optional<Bytes> bytes = blocks.read(cid);
      sizes.add(bytes.orElseThrow().size());
      return bytes;
    }

    private void await() {
      try {
        assertThat(start.await(20, TimeUnit.SECONDS)).isTrue();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }
}
