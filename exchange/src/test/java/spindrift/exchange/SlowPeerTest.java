package spindrift.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import spindrift.base.Bytes;
import spindrift.ipld.Block;
import spindrift.ipld.Cid;
import spindrift.p2p.Misbehaviour;
import spindrift.p2p.PeerId;

/**
 * A peer behind a thin line beside one behind a wide one, by a clock that the test moves: nobody
 * waits for the slow one for long, in one transfer or in many.
 */
@Timeout(60)
final class SlowPeerTest {
  private static final Duration STEP = Duration.ofMillis(5);
  private static final int STEPS_A_TICK = 5;
  private static final int BLOCK_BYTES = 128 << 10;

  /** What has left for the wire cannot be called back. */
  private static final int COMMITTED_BYTES = 512 << 10;

  private static final long QUICK = 12_500_000;
  private static final long SLOW = 125_000;

  private long clock = 1_000_000_000L;
  private final Map<PeerId, Line> lines = new LinkedHashMap<>();
  private final List<PeerId> order = new ArrayList<>();
  private final Map<Cid, Block> all = new HashMap<>();
  private final FetchDesk desk =
      new FetchDesk(
          Duration.ofSeconds(5),
          () -> clock,
          id -> Optional.ofNullable(lines.get(id)).map(line -> line.source));

  /** A peer that has everything. */
  private final class Line {
    final PeerId id;
    final long bytesPerSecond;
    final List<Misbehaviour> penalties = new ArrayList<>();
    final PeerSource source;
    private final Deque<Block> committed = new ArrayDeque<>();
    private final Set<Cid> taken = new HashSet<>();
    private long committedBytes;
    private double credit;

    Line(int number, long bytesPerSecond) {
      this.id = new PeerId(Bytes.of(0, 1, number));
      this.bytesPerSecond = bytesPerSecond;
      this.source = new PeerSource(id, new WordOutbox(), penalties::add);
      source.keeps(8192);
      lines.put(id, this);
      order.addFirst(id);
    }

    void step() {
      Set<Cid> asked = new HashSet<>();
      for (WantEntry want : desk.outstanding(source)) {
        asked.add(want.cid());
        if (committedBytes < COMMITTED_BYTES && taken.add(want.cid())) {
          committed.add(all.get(want.cid()));
          committedBytes += BLOCK_BYTES;
        }
      }
      taken.retainAll(asked);
      double more = bytesPerSecond * (STEP.toNanos() / 1e9);
      credit = committed.isEmpty() ? 0 : credit + more;
      source.progress(committed.isEmpty() ? 0 : (int) more);
      while (!committed.isEmpty() && credit >= BLOCK_BYTES) {
        credit -= BLOCK_BYTES;
        committedBytes -= BLOCK_BYTES;
        Block block = committed.remove();
        desk.arrived(source, Want.key(block.cid()), block.bytes());
      }
    }
  }

  /** One who reads some blocks in their order, with a window of them. */
  private final class Reader {
    private final FetchSession session = desk.open();
    private final List<Block> blocks;
    private final int window;
    private int read;
    private int expected;

    Reader(List<Block> blocks, int window) {
      this.blocks = blocks;
      this.window = window;
      order.forEach(session::addPeer);
    }

    boolean isDone() {
      return read == blocks.size();
    }

    void step() throws Exception {
      while (!isDone()) {
        int to = Math.min(blocks.size(), read + window);
        if (to > expected) {
          session.expect(Blocks.cids(blocks.subList(expected, to)));
          expected = to;
        }
        if (!session.holds(blocks.get(read).cid())) {
          return;
        }
        session.load(blocks.get(read++).cid());
      }
      session.close();
    }
  }

  private List<Block> blocks(int seed, int count) {
    List<Block> blocks = Blocks.some(seed, count, BLOCK_BYTES);
    blocks.forEach(block -> all.put(block.cid(), block));
    return blocks;
  }

  /** Has readers read at the same time; how long it takes them. */
  private Duration run(List<Reader> readers) throws Exception {
    long begun = clock;
    Deque<Reader> left = new ArrayDeque<>(readers);
    while (!left.isEmpty()) {
      for (int i = 0; i < STEPS_A_TICK; i++) {
        clock += STEP.toNanos();
        for (Line line : lines.values()) {
          line.step();
        }
        for (Reader reader : left) {
          reader.step();
        }
        left.removeIf(Reader::isDone);
      }
      desk.tick();
      assertThat(clock - begun).isLessThan(Duration.ofMinutes(10).toNanos());
    }
    return Duration.ofNanos(clock - begun);
  }

  private Duration ofOneTransfer() throws Exception {
    return run(List.of(new Reader(blocks(1, 350), 128)));
  }

  private Duration ofOneWithLittleMemory() throws Exception {
    return run(List.of(new Reader(blocks(2, 350), 8)));
  }

  private Duration ofOneAfterAnother() throws Exception {
    Duration all = Duration.ZERO;
    for (int i = 0; i < 35; i++) {
      all = all.plus(run(List.of(new Reader(blocks(3 + i, 10), 128))));
    }
    return all;
  }

  private Duration ofManyAtOnce() throws Exception {
    List<Reader> readers = new ArrayList<>();
    for (int i = 0; i < 35; i++) {
      readers.add(new Reader(blocks(40 + i, 10), 128));
    }
    return run(readers);
  }

  private List<Duration> ofAll() throws Exception {
    return List.of(ofOneTransfer(), ofOneWithLittleMemory(), ofOneAfterAnother(), ofManyAtOnce());
  }

  @Test
  void holdsUpNobody() throws Exception {
    Line quick = new Line(1, QUICK);
    List<Duration> alone = ofAll();
    Line slow = new Line(2, SLOW);
    List<Duration> beside = ofAll();
    for (int i = 0; i < alone.size(); i++) {
      assertThat(beside.get(i)).isLessThan(alone.get(i).multipliedBy(5).dividedBy(4));
    }
    assertThat(slow.penalties).isEmpty();
    assertThat(quick.penalties).isEmpty();
  }
}
