package spindrift.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import spindrift.base.AbsentException;
import spindrift.base.Bytes;
import spindrift.base.Multihash;
import spindrift.ipld.Block;
import spindrift.ipld.Cid;
import spindrift.p2p.Misbehaviour;
import spindrift.p2p.PeerId;

/** Sessions and peers with a clock that the test moves, and no network. */
@Timeout(60)
class FetchDeskTest {
  private static final Duration STALL = Duration.ofSeconds(5);

  private final AtomicLong clock = new AtomicLong(1_000_000_000L);
  private final Map<PeerId, Peer> peers = new LinkedHashMap<>();
  private final FetchDesk desk =
      new FetchDesk(
          STALL, clock::get, id -> Optional.ofNullable(peers.get(id)).map(peer -> peer.source));
  private final ExecutorService loaders = Executors.newVirtualThreadPerTaskExecutor();

  @AfterEach
  void stop() {
    desk.close();
    loaders.shutdownNow();
  }

  @Test
  void asksForWhatIsExpectedInItsOrder() throws Exception {
    Peer peer = new Peer(1);
    List<Block> blocks = Blocks.some(1, 3, 100);
    try (FetchSession session = session(peer)) {
      session.expect(Blocks.cids(blocks));
      List<WantEntry> wants = peer.sentWants();
      assertThat(wants).extracting(WantEntry::cid).isEqualTo(Blocks.cids(blocks));
      assertThat(wants).extracting(WantEntry::kind).containsOnly(WantEntry.Kind.BLOCK);
      assertThat(wants).extracting(WantEntry::dontHave).containsOnly(WantEntry.DontHave.SAY);
      assertThat(wants.get(0).priority()).isGreaterThan(wants.get(1).priority());
      peer.send(blocks);
      for (Block block : blocks) {
        assertThat(session.holds(block.cid())).isTrue();
        assertThat(session.load(block.cid())).isEqualTo(block.bytes());
        assertThat(session.holds(block.cid())).isFalse();
      }
      assertThat(session.shares())
          .singleElement()
          .satisfies(share -> assertThat(share.bytes()).isEqualTo(300));
    }
  }

  @Test
  void asksOnePeerForEachBlock() {
    Peer first = new Peer(1);
    Peer second = new Peer(2);
    List<Block> blocks = Blocks.some(1, 14, 100);
    try (FetchSession session = session(first, second)) {
      session.expect(Blocks.cids(blocks));
      List<Cid> asked = new ArrayList<>(first.asked());
      asked.addAll(second.asked());
      assertThat(asked).containsExactlyInAnyOrderElementsOf(Blocks.cids(blocks));
      assertThat(first.asked()).hasSize(8);
      desk.tick();
      assertThat(first.asked()).hasSize(8);
      assertThat(second.asked()).hasSize(6);
    }
  }

  @Test
  void aFasterPeerIsAskedForMore() {
    Peer fast = new Peer(1);
    Peer slow = new Peer(2);
    fast.keeps(1000);
    slow.keeps(1000);
    List<Block> blocks = Blocks.some(1, 4000, 1000);
    try (FetchSession session = session(fast, slow)) {
      session.expect(Blocks.cids(blocks));
      Map<Cid, Block> byCid = new LinkedHashMap<>();
      blocks.forEach(block -> byCid.put(block.cid(), block));
      for (int round = 0; round < 50; round++) {
        pass(Duration.ofMillis(20));
        for (Cid cid : fast.asked().stream().limit(40).toList()) {
          fast.send(List.of(byCid.get(cid)));
        }
        slow.asked().stream().limit(1).forEach(cid -> slow.send(List.of(byCid.get(cid))));
      }
      // 2000 blocks a second, of which a fifth of a second and a round trip are to be under way.
      assertThat(fast.asked().size()).isBetween(350, 700);
      assertThat(slow.asked().size()).isBetween(2, 40);
    }
  }

  @Test
  void whatOnePeerLacksIsAskedOfAnother() throws Exception {
    Peer first = new Peer(1);
    Peer second = new Peer(2);
    Block block = Blocks.some(1, 1, 100).getFirst();
    try (FetchSession session = session(first, second)) {
      session.expect(List.of(block.cid()));
      assertThat(first.sentWants()).hasSize(1);
      first.lack(block);
      assertThat(second.asked()).containsExactly(block.cid());
      second.send(List.of(block));
      assertThat(session.load(block.cid())).isEqualTo(block.bytes());
      assertThat(first.sentWants()).contains(WantEntry.cancel(block.cid()));
    }
  }

  @Test
  void isAbsentAsSoonAsAllSaidSo() throws Exception {
    Peer first = new Peer(1);
    Peer second = new Peer(2);
    Block block = Blocks.some(1, 1, 100).getFirst();
    try (FetchSession session = session(first, second)) {
      Future<Bytes> loaded = loading(session, block);
      first.lack(block);
      second.lack(block);
      assertAbsent(loaded);
      // Another peer is another chance.
      Peer third = new Peer(3);
      session.addPeer(third.id);
      Future<Bytes> again = loading(session, block);
      third.send(List.of(block));
      assertThat(again.get(20, TimeUnit.SECONDS)).isEqualTo(block.bytes());
    }
  }

  @Test
  void isAbsentWhenThereAreNoPeersOrAllAreGone() throws Exception {
    Peer peer = new Peer(1);
    Block block = Blocks.some(1, 1, 100).getFirst();
    try (FetchSession session = session()) {
      assertThatThrownBy(() -> session.load(block.cid())).isInstanceOf(AbsentException.class);
      session.addPeer(peer.id);
      Future<Bytes> loaded = loading(session, block);
      desk.gone(peer.source);
      assertAbsent(loaded);
      assertThat(session.peers()).isEmpty();
    }
  }

  @Test
  void aBlockThatALackingPeerGetsLaterIsTaken() throws Exception {
    Peer first = new Peer(1);
    Peer second = new Peer(2);
    Block block = Blocks.some(1, 1, 100).getFirst();
    try (FetchSession session = session(first, second)) {
      session.expect(List.of(block.cid()));
      first.lack(block);
      first.send(List.of(block));
      assertThat(session.load(block.cid())).isEqualTo(block.bytes());
      assertThat(second.asked()).isEmpty();
      assertThat(first.penalties).isEmpty();
    }
  }

  @Test
  void aPeerThatStallsIsAskedNoMore() throws Exception {
    Peer stalling = new Peer(1);
    Peer other = new Peer(2);
    List<Block> blocks = Blocks.some(1, 10, 100);
    try (FetchSession session = session(stalling, other)) {
      session.expect(Blocks.cids(blocks));
      other.send(blocks.subList(8, 10));
      pass(STALL);
      desk.tick();
      assertThat(session.peers()).hasSize(2);
      pass(Duration.ofMillis(1));
      desk.tick();
      assertThat(session.peers()).containsExactly(other.id);
      assertThat(stalling.penalties).containsExactly(Misbehaviour.STALL);
      other.send(blocks.subList(0, 8));
      for (Block block : blocks) {
        assertThat(session.load(block.cid())).isEqualTo(block.bytes());
      }
      session.addPeer(stalling.id);
      assertThat(session.peers()).hasSize(2);
    }
  }

  @Test
  void whatAReaderWaitsForIsAskedOfABusyPeerToo() throws Exception {
    Peer slow = new Peer(1);
    Peer busy = new Peer(2);
    List<Block> blocks = Blocks.some(1, 8, 100);
    try (FetchSession bulk = session(busy);
        FetchSession session = session(slow)) {
      bulk.expect(Blocks.cids(Blocks.some(2, 100, 100)));
      session.expect(Blocks.cids(blocks));
      session.addPeer(busy.id);
      assertThat(busy.asked()).hasSize(8).doesNotContainAnyElementsOf(Blocks.cids(blocks));
      pass(Duration.ofSeconds(1));
      desk.tick();
      assertThat(busy.asked()).doesNotContainAnyElementsOf(Blocks.cids(blocks));
      Future<Bytes> loaded = loading(session, blocks.getFirst());
      awaitAsked(busy, blocks.getFirst());
      // What comes next is as late; but not all of it is asked for twice.
      assertThat(busy.asked())
          .hasSize(12)
          .containsAll(Blocks.cids(blocks.subList(0, 4)))
          .doesNotContainAnyElementsOf(Blocks.cids(blocks.subList(4, 8)));
      busy.send(blocks.subList(0, 1));
      assertThat(loaded.get(20, TimeUnit.SECONDS)).isEqualTo(blocks.getFirst().bytes());
      assertThat(slow.penalties).isEmpty();
    }
  }

  private void awaitAsked(Peer peer, Block block) {
    while (!peer.asked().contains(block.cid())) {
      desk.tick();
    }
  }

  @Test
  void aPeerThatSendsALargeBlockSlowlyDoesNotStall() {
    Peer slow = new Peer(1);
    Block block = Blocks.some(1, 1, 1 << 20).getFirst();
    try (FetchSession session = session(slow)) {
      session.expect(List.of(block.cid()));
      for (int second = 0; second < 30; second++) {
        pass(Duration.ofSeconds(1));
        slow.source.progress(10_000);
        desk.tick();
      }
      assertThat(session.peers()).hasSize(1);
      // The only peer has twice the time, since what it was told may be lost.
      for (int second = 0; second < 11; second++) {
        pass(Duration.ofSeconds(1));
        slow.source.progress(1);
        desk.tick();
      }
      assertThat(session.peers()).isEmpty();
    }
  }

  @Test
  void whatAPeerSkipsForLongIsAskedOfAnother() {
    Peer silent = new Peer(1);
    Peer other = new Peer(2);
    List<Block> blocks = Blocks.some(1, 40, 100);
    try (FetchSession session = session(silent)) {
      session.expect(Blocks.cids(blocks));
      session.addPeer(other.id);
      List<Cid> skipped = silent.asked().subList(0, 1);
      for (int second = 0; second < 7; second++) {
        pass(Duration.ofSeconds(1));
        silent.sendAsked(blocks, 2, skipped);
        other.sendAsked(blocks, 1, skipped);
        desk.tick();
      }
      assertThat(desk.outstanding(silent.source))
          .filteredOn(entry -> skipped.contains(entry.cid()))
          .extracting(WantEntry::priority)
          .containsExactly(0);
      assertThat(other.asked()).containsAll(skipped);
    }
  }

  @Test
  void nearTheEndAFasterPeerHelpsASlowOne() throws Exception {
    Peer fast = new Peer(1);
    Peer slow = new Peer(2);
    List<Block> blocks = Blocks.some(1, 20, 100);
    try (FetchSession session = session(slow, fast)) {
      session.expect(Blocks.cids(blocks));
      assertThat(slow.sentWants()).hasSize(8);
      pass(Duration.ofMillis(5));
      while (fast.asked().size() > 1) {
        fast.sendAsked(blocks, 1, List.of());
        desk.tick();
      }
      assertThat(slow.asked()).hasSize(8);
      fast.sendAsked(blocks, 1, List.of());
      assertThat(fast.asked()).isEmpty();
      pass(Duration.ofMillis(200));
      desk.tick();
      assertThat(fast.asked()).isEqualTo(slow.asked());
      fast.sendAsked(blocks, 100, List.of());
      assertThat(slow.asked()).isEmpty();
      assertThat(slow.sentWants())
          .filteredOn(entry -> entry.kind() == WantEntry.Kind.CANCEL)
          .hasSize(8);
      slow.send(blocks.subList(0, 8));
      assertThat(slow.penalties).isEmpty();
      for (Block block : blocks) {
        assertThat(session.load(block.cid())).isEqualTo(block.bytes());
      }
    }
  }

  @Test
  void blocksThatNobodyAskedForCount() {
    Peer peer = new Peer(1);
    List<Block> blocks = Blocks.some(1, 2, 100);
    List<Block> others = Blocks.some(2, 3, 100);
    try (FetchSession session = session(peer)) {
      assertThat(desk.expectsBlocks(peer.source)).isFalse();
      session.expect(Blocks.cids(blocks));
      assertThat(desk.expectsBlocks(peer.source)).isTrue();
      peer.send(others.subList(0, 2));
      assertThat(peer.penalties).containsExactly(Misbehaviour.NOISE, Misbehaviour.NOISE);
      assertThat(session.peers()).hasSize(1);
      peer.send(others.subList(2, 3));
      assertThat(session.peers()).isEmpty();
    }
  }

  @Test
  void aLateBlockIsForgivenOnce() {
    Peer peer = new Peer(1);
    List<Block> blocks = Blocks.some(1, 1, 100);
    session(peer).expect(Blocks.cids(blocks));
    peer.sentWants();
    desk.close();
    assertThat(peer.sentWants()).containsExactly(WantEntry.cancel(blocks.getFirst().cid()));
    assertThat(desk.expectsBlocks(peer.source)).isTrue();
    peer.send(blocks);
    assertThat(peer.penalties).isEmpty();
    assertThat(desk.expectsBlocks(peer.source)).isFalse();
    peer.send(blocks);
    assertThat(peer.penalties).containsExactly(Misbehaviour.NOISE);
  }

  @Test
  void aBlockThatIsSentTwiceIsForgivenOnce() {
    Peer peer = new Peer(1);
    List<Block> blocks = Blocks.some(1, 1, 100);
    try (FetchSession session = session(peer)) {
      session.expect(Blocks.cids(blocks));
      peer.send(blocks);
      peer.send(blocks);
      assertThat(peer.penalties).isEmpty();
      peer.send(blocks);
      assertThat(peer.penalties).containsExactly(Misbehaviour.NOISE);
    }
  }

  @Test
  void forgivenessEnds() {
    Peer peer = new Peer(1);
    List<Block> blocks = Blocks.some(1, 1, 100);
    session(peer).expect(Blocks.cids(blocks));
    peer.sentWants();
    desk.close();
    pass(Duration.ofMinutes(2));
    assertThat(desk.expectsBlocks(peer.source)).isFalse();
  }

  @Test
  void wantsThatWereNotSentYetAreJustForgotten() {
    Peer peer = new Peer(1);
    FetchSession session = session(peer);
    session.expect(Blocks.cids(Blocks.some(1, 3, 100)));
    session.close();
    peer.outbox.want(List.of(WantEntry.cancel(Cid.raw(Bytes.owning(new byte[32])))));
    assertThat(peer.sentWants()).hasSize(1);
  }

  @Test
  void duplicatesAreCounted() throws Exception {
    Peer peer = new Peer(1);
    Block block = Blocks.some(1, 1, 100).getFirst();
    try (FetchSession session = session(peer)) {
      session.expect(List.of(block.cid(), block.cid()));
      assertThat(peer.sentWants()).hasSize(1);
      peer.send(List.of(block));
      assertThat(session.load(block.cid())).isEqualTo(block.bytes());
      assertThat(session.holds(block.cid())).isTrue();
      assertThat(session.load(block.cid())).isEqualTo(block.bytes());
      assertThat(session.holds(block.cid())).isFalse();
    }
  }

  @Test
  void whatIsLoadedUnexpectedlyIsAskedForBeforeAllElse() throws Exception {
    Peer peer = new Peer(1);
    List<Block> blocks = Blocks.some(1, 50, 100);
    Block urgent = Blocks.some(2, 1, 100).getFirst();
    try (FetchSession session = session(peer)) {
      session.expect(Blocks.cids(blocks));
      List<WantEntry> before = peer.sentWants();
      Future<Bytes> loaded = loading(session, urgent);
      List<WantEntry> after = peer.sentWants();
      assertThat(after).extracting(WantEntry::cid).containsExactly(urgent.cid());
      assertThat(after.getFirst().priority()).isGreaterThanOrEqualTo(before.getFirst().priority());
      peer.send(List.of(urgent));
      assertThat(loaded.get(20, TimeUnit.SECONDS)).isEqualTo(urgent.bytes());
    }
  }

  @Test
  void whatIsLoadedOutOfOrderIsAskedForAtOnce() throws Exception {
    Peer peer = new Peer(1);
    List<Block> blocks = Blocks.some(1, 50, 100);
    try (FetchSession session = session(peer)) {
      session.expect(Blocks.cids(blocks));
      peer.sentWants();
      Future<Bytes> loaded = loading(session, blocks.getLast());
      assertThat(peer.sentWants())
          .extracting(WantEntry::cid)
          .containsExactly(blocks.getLast().cid());
      peer.send(List.of(blocks.getLast()));
      assertThat(loaded.get(20, TimeUnit.SECONDS)).isEqualTo(blocks.getLast().bytes());
    }
  }

  @Test
  void twoSessionsShareOneWant() throws Exception {
    Peer peer = new Peer(1);
    List<Block> blocks = Blocks.some(1, 2, 100);
    try (FetchSession first = session(peer);
        FetchSession second = session(peer)) {
      FetchSession third = session(peer);
      first.expect(Blocks.cids(blocks));
      second.expect(Blocks.cids(blocks));
      third.expect(Blocks.cids(blocks));
      assertThat(peer.sentWants()).hasSize(2);
      third.close();
      peer.send(blocks);
      assertThat(first.load(blocks.get(0).cid())).isEqualTo(blocks.get(0).bytes());
      assertThat(second.load(blocks.get(0).cid())).isEqualTo(blocks.get(0).bytes());
      assertThat(peer.penalties).isEmpty();
    }
  }

  @Test
  void whatWouldTakeTooMuchMemoryIsAskedForAgainWhenItIsLoaded() throws Exception {
    Peer peer = new Peer(1);
    List<Block> blocks = Blocks.some(1, 3, 100);
    try (FetchSession session = session(peer)) {
      session.holdAtMost(250);
      session.expect(Blocks.cids(blocks));
      peer.sentWants();
      peer.send(blocks);
      assertThat(session.holds(blocks.get(1).cid())).isTrue();
      assertThat(session.holds(blocks.get(2).cid())).isFalse();
      assertThat(session.load(blocks.get(0).cid())).isEqualTo(blocks.get(0).bytes());
      Future<Bytes> loaded = loading(session, blocks.get(2));
      assertThat(peer.asked()).containsExactly(blocks.get(2).cid());
      peer.send(blocks.subList(2, 3));
      assertThat(loaded.get(20, TimeUnit.SECONDS)).isEqualTo(blocks.get(2).bytes());
      assertThat(session.load(blocks.get(1).cid())).isEqualTo(blocks.get(1).bytes());
    }
  }

  @Test
  void blocksWithoutAProofAreAbsentAndThoseInTheirCidAreThere() throws Exception {
    Peer peer = new Peer(1);
    Cid blake3 = Cid.of(Cid.RAW, new Multihash(Multihash.BLAKE3, Bytes.owning(new byte[32])));
    Cid identity = Cid.identityRaw(Bytes.utf8("here"));
    try (FetchSession session = session(peer)) {
      session.expect(List.of(blake3, identity));
      assertThat(peer.asked()).isEmpty();
      assertThatThrownBy(() -> session.load(blake3)).isInstanceOf(AbsentException.class);
      assertThat(session.holds(identity)).isTrue();
      assertThat(session.load(identity)).isEqualTo(Bytes.utf8("here"));
    }
  }

  @Test
  void aVersionZeroWantIsServedByTheSameBlockInVersionOne() throws Exception {
    Peer peer = new Peer(1);
    Block node = Block.of(Cid.DAG_PB, Bytes.utf8("node"));
    Cid v0 = Cid.v0(node.cid().hash());
    try (FetchSession session = session(peer)) {
      session.expect(List.of(v0));
      assertThat(peer.sentWants()).extracting(WantEntry::cid).containsExactly(v0);
      peer.send(List.of(node));
      assertThat(session.load(v0)).isEqualTo(node.bytes());
    }
  }

  @Test
  void closingWakesWhoWaits() throws Exception {
    Peer peer = new Peer(1);
    Block block = Blocks.some(1, 1, 100).getFirst();
    FetchSession session = session(peer);
    Future<Bytes> loaded = loading(session, block);
    session.close();
    session.close();
    assertThatThrownBy(() -> loaded.get(20, TimeUnit.SECONDS))
        .cause()
        .isInstanceOf(IOException.class)
        .hasMessageContaining("closed");
    assertThatThrownBy(() -> session.load(block.cid())).isInstanceOf(IOException.class);
  }

  @Test
  void aDroppedPeerIsAskedNoMoreAndItsWantsGoToOthers() {
    Peer first = new Peer(1);
    Peer second = new Peer(2);
    List<Block> blocks = Blocks.some(1, 8, 100);
    try (FetchSession session = session(first, second)) {
      session.expect(Blocks.cids(blocks));
      first.sentWants();
      session.dropPeer(first.id);
      assertThat(first.sentWants())
          .extracting(WantEntry::kind)
          .hasSize(8)
          .containsOnly(WantEntry.Kind.CANCEL);
      assertThat(second.asked()).isEqualTo(Blocks.cids(blocks));
    }
  }

  @Test
  void whatOthersGiveUpMakesRoomForThoseWhoWait() throws Exception {
    Peer busy = new Peer(1);
    Peer other = new Peer(2);
    List<Block> blocks = Blocks.some(1, 8, 100);
    Block awaited = Blocks.some(2, 1, 100).getFirst();
    FetchSession hoarder = session(busy);
    hoarder.expect(Blocks.cids(blocks));
    try (FetchSession session = session(other)) {
      Future<Bytes> loaded = loading(session, awaited);
      session.addPeer(busy.id);
      other.lack(awaited);
      assertThat(busy.asked()).isEqualTo(Blocks.cids(blocks));
      hoarder.close();
      assertThat(busy.asked()).containsExactly(awaited.cid());
      busy.send(List.of(awaited));
      assertThat(loaded.get(20, TimeUnit.SECONDS)).isEqualTo(awaited.bytes());
    }
  }

  @Test
  void aDroppedPeerHasRoomForOtherSessions() {
    Peer busy = new Peer(1);
    List<Block> blocks = Blocks.some(1, 16, 100);
    try (FetchSession first = session(busy);
        FetchSession second = session(busy)) {
      first.expect(Blocks.cids(blocks.subList(0, 8)));
      second.expect(Blocks.cids(blocks.subList(8, 16)));
      first.dropPeer(busy.id);
      assertThat(busy.asked()).isEqualTo(Blocks.cids(blocks.subList(8, 16)));
    }
  }

  @Test
  void whoLoadsABlockBesideOthersGetsItThoughTheyGiveUp() throws Exception {
    Peer peer = new Peer(1);
    Block block = Blocks.some(1, 1, 100).getFirst();
    try (FetchSession session = session(peer)) {
      Future<Bytes> first = loading(session, block);
      CountDownLatch begun = new CountDownLatch(1);
      Future<Bytes> second =
          loaders.submit(
              () -> {
                begun.countDown();
                return session.load(block.cid());
              });
      begun.await();
      first.cancel(true);
      while (!second.isDone()) {
        desk.tick();
        if (peer.asked().contains(block.cid())) {
          peer.send(List.of(block));
        }
      }
      assertThat(second.get(20, TimeUnit.SECONDS)).isEqualTo(block.bytes());
    }
  }

  @Test
  void aPeerThatIsQuietIsAskedAgain() {
    Peer peer = new Peer(1);
    Block block = Blocks.some(1, 1, 100).getFirst();
    try (FetchSession session = session(peer)) {
      session.expect(List.of(block.cid()));
      List<WantEntry> wants = peer.sentWants();
      for (int i = 0; i < 3; i++) {
        pass(STALL.dividedBy(2).plusMillis(1));
        desk.tick();
        assertThat(peer.sentWants()).isEqualTo(wants);
      }
      assertThat(session.peers()).hasSize(1);
      pass(STALL);
      desk.tick();
      assertThat(session.peers()).isEmpty();
    }
  }

  @Test
  void whatTheOnlyPeerSkipsIsAskedOfItOnceMore() {
    Peer peer = new Peer(1);
    List<Block> blocks = Blocks.some(1, 60, 100);
    try (FetchSession session = session(peer)) {
      session.expect(Blocks.cids(blocks));
      List<Cid> skipped = peer.asked().subList(0, 1);
      peer.sentWants();
      for (int second = 0; second < 6; second++) {
        pass(Duration.ofSeconds(1));
        peer.sendAsked(blocks, 3, skipped);
        desk.tick();
      }
      assertThat(peer.sentWants()).extracting(WantEntry::cid).containsAll(skipped);
      assertThat(peer.asked()).containsAll(skipped);
      assertThat(desk.outstanding(peer.source))
          .filteredOn(entry -> skipped.contains(entry.cid()))
          .noneMatch(entry -> entry.priority() == 0);
    }
  }

  @Test
  void aPeerThatCameBackTakesThePlaceOfItsFormerSelf() {
    Peer gone = new Peer(1);
    Block block = Blocks.some(1, 1, 100).getFirst();
    try (FetchSession session = session(gone)) {
      session.expect(List.of(block.cid()));
      gone.source.end();
      Peer back = new Peer(1);
      session.addPeer(back.id);
      desk.gone(gone.source);
      assertThat(session.peers()).containsExactly(back.id);
      assertThat(back.asked()).containsExactly(block.cid());
    }
  }

  @Test
  void aWantThatTookThePlaceOfACancelIsCancelledStill() {
    Peer peer = new Peer(1);
    Block block = Blocks.some(1, 1, 100).getFirst();
    FetchSession session = session(peer);
    session.expect(List.of(block.cid()));
    assertThat(peer.sentWants()).hasSize(1);
    session.close();
    FetchSession again = session(peer);
    again.expect(List.of(block.cid()));
    again.close();
    assertThat(peer.sentWants()).containsExactly(WantEntry.cancel(block.cid()));
  }

  @Test
  void aPeerThatLackedWhatNobodyWantsAnyMoreIsToldSo() {
    Peer lacking = new Peer(1);
    Peer other = new Peer(2);
    Block block = Blocks.some(1, 1, 100).getFirst();
    FetchSession first = session(lacking, other);
    FetchSession second = session(other);
    first.expect(List.of(block.cid()));
    lacking.lack(block);
    second.expect(List.of(block.cid()));
    lacking.sentWants();
    first.close();
    assertThat(lacking.sentWants()).containsExactly(WantEntry.cancel(block.cid()));
    second.close();
    lacking.send(List.of(block));
    assertThat(lacking.penalties).isEmpty();
  }

  private FetchSession session(Peer... members) {
    FetchSession session = desk.open();
    for (Peer member : members) {
      session.addPeer(member.id);
    }
    return session;
  }

  private void pass(Duration time) {
    clock.addAndGet(time.toNanos());
  }

  /** Begins to load a block, and returns once somebody is asked for it. */
  private Future<Bytes> loading(FetchSession session, Block block) {
    Callable<Bytes> load = () -> session.load(block.cid());
    Future<Bytes> loaded = loaders.submit(load);
    while (!loaded.isDone()
        && peers.values().stream().noneMatch(peer -> peer.asked().contains(block.cid()))) {
      Thread.onSpinWait();
    }
    return loaded;
  }

  private static void assertAbsent(Future<Bytes> loaded) {
    assertThatThrownBy(() -> loaded.get(20, TimeUnit.SECONDS))
        .cause()
        .isInstanceOf(AbsentException.class);
  }

  /** A peer as a session sees it. */
  private final class Peer {
    private final PeerId id;
    private final WordOutbox outbox = new WordOutbox();
    private final List<Misbehaviour> penalties = new ArrayList<>();
    private final PeerSource source;

    Peer(int number) {
      id = new PeerId(Bytes.of(0, 1, number));
      source = new PeerSource(id, outbox, penalties::add);
      peers.put(id, this);
    }

    void keeps(int wants) {
      source.keeps(wants);
    }

    /** What is outstanding here now. */
    List<Cid> asked() {
      return desk.outstanding(source).stream().map(WantEntry::cid).toList();
    }

    /** What was put into the outbox since the last time; there must be something. */
    List<WantEntry> sentWants() {
      try {
        return outbox.take().orElseThrow().wants();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }

    void send(List<Block> blocks) {
      for (Block block : blocks) {
        desk.arrived(source, Want.key(block.cid()), block.bytes());
      }
    }

    void sendAsked(List<Block> blocks, int count, List<Cid> except) {
      List<Cid> asked = asked();
      blocks.stream()
          .filter(block -> asked.contains(block.cid()) && !except.contains(block.cid()))
          .limit(count)
          .forEach(block -> send(List.of(block)));
    }

    void lack(Block block) {
      desk.lacks(source, block.cid());
    }
  }
}
