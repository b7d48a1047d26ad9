package spindrift.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import spindrift.base.Bytes;
import spindrift.ipld.Block;
import spindrift.ipld.Cid;

class PeerWantsTest {
  private final AtomicLong inAll = new AtomicLong();
  private final PeerWants wants = new PeerWants(3, inAll);
  private final List<Cid> cids = Blocks.cids(Blocks.some(1, 10, 8));

  @Test
  void answersTheMostUrgentFirst() {
    want(0, 1);
    want(1, 5);
    want(2, 5);
    assertThat(wants.pollDue()).hasValueSatisfying(is(1));
    assertThat(wants.pollDue()).hasValueSatisfying(is(2));
    assertThat(wants.pollDue()).hasValueSatisfying(is(0));
    assertThat(wants.pollDue()).isEmpty();
    assertThat(wants.size()).isEqualTo(3);
  }

  @Test
  void forgetsTheLeastUrgentWhenThereAreTooMany() {
    want(0, 1);
    want(1, 5);
    want(2, 3);
    want(3, 4);
    want(4, 0);
    assertThat(wants.size()).isEqualTo(3);
    assertThat(inAll).hasValue(3);
    assertThat(wants.pollDue()).hasValueSatisfying(is(1));
    assertThat(wants.pollDue()).hasValueSatisfying(is(3));
    assertThat(wants.pollDue()).hasValueSatisfying(is(2));
  }

  @Test
  void givesEachPeerItsShareOnlyWhenAllTogetherWantTooMuch() {
    PeerWants roomy = new PeerWants(5000, inAll);
    List<Cid> many = Blocks.cids(Blocks.some(2, 1500, 4));
    inAll.set(PeerWants.MAX_IN_ALL);
    many.forEach(cid -> roomy.put(WantEntry.block(cid, 1), 0));
    assertThat(roomy.size()).isEqualTo(PeerWants.SHARE_OF_EACH);
  }

  @Test
  void aCancelledWantIsGone() {
    want(0, 1);
    wants.put(WantEntry.cancel(cids.get(0)), 0);
    wants.put(WantEntry.cancel(cids.get(1)), 0);
    assertThat(wants.size()).isZero();
    assertThat(inAll).hasValue(0);
    assertThat(wants.pollDue()).isEmpty();
  }

  @Test
  void aFullListReplacesWhatCameInEarlierMessages() {
    want(0, 1);
    want(1, 1);
    long round = wants.beginRound();
    wants.put(WantEntry.block(cids.get(1), 2), round);
    wants.put(WantEntry.block(cids.get(2), 1), round);
    wants.keepFrom(round);
    assertThat(wants.size()).isEqualTo(2);
    assertThat(wants.pollDue()).hasValueSatisfying(is(1));
    assertThat(wants.pollDue()).hasValueSatisfying(is(2));
    assertThat(wants.pollDue()).isEmpty();
  }

  @Test
  void anAbsentBlockIsDueAgainWhenItArrives() {
    want(0, 1);
    StoredWant want = wants.pollDue().orElseThrow();
    assertThat(wants.absent(want)).isTrue();
    assertThat(wants.hasDue()).isFalse();
    assertThat(wants.arrived(List.of(cids.get(1)))).isFalse();
    assertThat(wants.arrived(List.of(cids.get(0)))).isTrue();
    assertThat(wants.answered(wants.pollDue().orElseThrow())).isTrue();
    assertThat(wants.size()).isZero();
  }

  @Test
  void aBlockThatArrivesWhileItIsLookedUpIsDueAgain() {
    want(0, 1);
    StoredWant want = wants.pollDue().orElseThrow();
    wants.arrived(List.of(cids.get(0)));
    assertThat(wants.absent(want)).isFalse();
    assertThat(wants.pollDue()).hasValueSatisfying(is(0));
  }

  @Test
  void whatIsCancelledWhileItIsReadIsNotSent() {
    want(0, 1);
    StoredWant want = wants.pollDue().orElseThrow();
    wants.put(WantEntry.cancel(cids.get(0)), 0);
    assertThat(wants.answered(want)).isFalse();
  }

  @Test
  void whoAsksAgainIsAnsweredAgain() {
    want(0, 1);
    assertThat(wants.answered(wants.pollDue().orElseThrow())).isTrue();
    want(0, 1);
    assertThat(wants.pollDue()).hasValueSatisfying(is(0));
  }

  @Test
  void whoWantsABlockIsNotPutOffWithAWord() {
    want(0, 1);
    wants.put(new WantEntry(cids.get(0), 1, WantEntry.Kind.HAVE, WantEntry.DontHave.KEEP_QUIET), 0);
    assertThat(wants.pollDue().orElseThrow().kind()).isEqualTo(WantEntry.Kind.BLOCK);
  }

  @Test
  void anArrivingBlockServesWantsForEitherVersionOfItsCid() {
    Block node = Block.of(Cid.DAG_PB, Bytes.utf8("node"));
    Cid v0 = Cid.v0(node.cid().hash());
    wants.put(WantEntry.block(v0, 1), 0);
    wants.absent(wants.pollDue().orElseThrow());
    assertThat(wants.arrived(List.of(node.cid()))).isTrue();
    wants.put(WantEntry.cancel(v0), 0);
    wants.put(WantEntry.block(node.cid(), 1), 0);
    wants.absent(wants.pollDue().orElseThrow());
    assertThat(wants.arrived(List.of(v0))).isTrue();
  }

  private void want(int index, int priority) {
    wants.put(WantEntry.block(cids.get(index), priority), wants.beginRound());
  }

  private java.util.function.Consumer<StoredWant> is(int index) {
    return want -> assertThat(want.cid()).isEqualTo(cids.get(index));
  }
}
