package spindrift.p2p;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import spindrift.base.Bytes;
import spindrift.p2p.PeerInfo.Direction;

class ConnectionTableTest {
  private static final PeerId SELF = Identity.generate().peerId();

  private final Map<PeerId, Integer> scores = new HashMap<>();
  private final ConnectionTable table =
      new ConnectionTable(
          SELF,
          new HostSettings(List.of(), "test", 4, 2, 1, 1, TestHosts.settings().uploadLimit()),
          id -> scores.getOrDefault(id, 0));

  @Test
  void newStreamsGoOverTheConnectionThatTheSmallerPeerDialled() {
    for (int i = 0; i < 20; i++) {
      PeerId other = Identity.generate().peerId();
      Connection inbound = connection(other, Direction.INBOUND);
      Connection outbound = connection(other, Direction.OUTBOUND);
      add(inbound);
      add(outbound);
      boolean dialHere = SELF.compareTo(other) < 0;
      assertThat(table.preferred(other)).contains(dialHere ? outbound : inbound);
      table.remove(inbound);
      table.remove(outbound);
      add(outbound);
      add(inbound);
      assertThat(table.preferred(other)).contains(dialHere ? outbound : inbound);
      table.remove(inbound);
      table.remove(outbound);
    }
  }

  @Test
  void ofSeveralInOneDirectionTheNewestIsUsed() {
    PeerId other = Identity.generate().peerId();
    add(connection(other, Direction.INBOUND));
    Connection newest = connection(other, Direction.INBOUND);
    add(newest);
    assertThat(table.preferred(other)).contains(newest);
  }

  @Test
  void whoHasTheLowestScoreGoesFirst() {
    Connection worst = fill(3);
    scores.put(worst.peer(), -20);
    assertThat(table.add(connection(Direction.INBOUND))).containsExactly(worst);
  }

  @Test
  void whoHasStreamsGoesLast() {
    Connection busy = fill(3);
    scores.put(busy.peer(), -20);
    busy.streamStarted();
    assertThat(table.add(connection(Direction.INBOUND))).doesNotContain(busy).hasSize(1);
    busy.streamEnded();
    assertThat(table.add(connection(Direction.INBOUND))).containsExactly(busy);
  }

  @Test
  void whoIsIdleForLongestGoesFirstAmongEquals() {
    Connection oldest = fill(0);
    assertThat(table.add(connection(Direction.INBOUND))).containsExactly(oldest);
  }

  @Test
  void aNewInboundConnectionGoesWhereAllOthersAreInUse() {
    fill(0);
    table.all().forEach(Connection::streamStarted);
    Connection inbound = connection(Direction.INBOUND);
    assertThat(table.add(inbound)).containsExactly(inbound);
    Connection outbound = connection(Direction.OUTBOUND);
    assertThat(table.add(outbound)).hasSize(1).doesNotContain(outbound);
  }

  @Test
  void whoIsToBeKeptIsKept() {
    Connection kept = fill(0);
    table.keep(kept.peer());
    assertThat(table.add(connection(Direction.INBOUND))).doesNotContain(kept).hasSize(1);
    table.unkeep(kept.peer());
    assertThat(table.add(connection(Direction.INBOUND))).containsExactly(kept);
  }

  @Test
  void aPeerThatComesBackIsAnotherSession() {
    PeerId other = Identity.generate().peerId();
    Connection first = connection(other, Direction.INBOUND);
    add(first);
    assertThat(table.session(other)).isEmpty();
    assertThat(table.identified(first, said("/a/1"))).isTrue();
    assertThat(table.identified(first, said("/a/1"))).isFalse();
    assertThat(table.identified(first, said("/b/1"))).isTrue();
    ConnectionTable.Session session = table.session(other).orElseThrow();
    assertThat(session.info().protocols()).containsExactly("/b/1");
    table.remove(first);
    assertThat(table.session(other)).isEmpty();
    assertThat(table.identified(first, said("/a/1"))).isFalse();
    Connection second = connection(other, Direction.INBOUND);
    add(second);
    table.identified(second, said("/b/1"));
    assertThat(table.session(other).orElseThrow().number()).isNotEqualTo(session.number());
  }

  @Test
  void countsTheBytesOfConnectionsThatAreGone() {
    PeerId other = Identity.generate().peerId();
    Connection first = connection(other, Direction.INBOUND);
    add(first);
    add(connection(other, Direction.INBOUND));
    table.remove(first);
    PeerInfo info = table.info(other).orElseThrow();
    assertThat(info.bytesIn()).isEqualTo(2);
    assertThat(info.bytesOut()).isEqualTo(4);
  }

  @Test
  void takesNothingInOnceItIsClosed() {
    Connection there = connection(Direction.INBOUND);
    add(there);
    assertThat(table.close()).containsExactly(there);
    Connection late = connection(Direction.OUTBOUND);
    assertThat(table.add(late)).containsExactly(late);
    assertThat(table.size()).isZero();
  }

  private static IdentifyMessage said(String protocol) {
    return new IdentifyMessage(
        Bytes.EMPTY, List.of(), Set.of(protocol), Optional.empty(), "", "", Bytes.EMPTY);
  }

  /** Fills the table with inbound connections, and returns one of them. */
  private Connection fill(int which) {
    for (int i = 0; i < 4; i++) {
      add(connection(Direction.INBOUND));
    }
    return table.all().get(which);
  }

  private void add(Connection connection) {
    assertThat(table.add(connection)).isEmpty();
  }

  private static Connection connection(Direction direction) {
    return connection(Identity.generate().peerId(), direction);
  }

  private static Connection connection(PeerId peer, Direction direction) {
    return new Connection(peer, direction, IdentifyVectors.FIRST, new IdleMuxer());
  }
}
