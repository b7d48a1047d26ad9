package spindrift.substitute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.ByteSource;
import spindrift.base.ByteTarget;
import spindrift.base.Bytes;
import spindrift.base.FaultException;

/** What a client gets who hashes NARs himself. */
final class UncheckedNarTest {
  private static final int LARGE = 6 << 20;

  private FetchingNode node;

  @TempDir private Path directory;

  @BeforeEach
  void open() throws IOException {
    node = new FetchingNode(directory);
  }

  @AfterEach
  void close() throws IOException {
    node.close();
  }

  private void reopen(FaultyUpstream... upstreams) throws IOException {
    node.close();
    node =
        new FetchingNode(
            directory,
            FetchingNode.QUICK,
            FetchingNode.STREAMING,
            FaultyUpstream.offers(upstreams));
  }

  private ByteSource unchecked(SignedNar object) throws IOException, FaultException {
    return node.substituter
        .nars()
        .uncheckedNar(object.info().narHash(), object.hashPart())
        .orElseThrow();
  }

  private Bytes fetch(SignedNar object) throws IOException, FaultException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    unchecked(object).writeTo(ByteTarget.of(out), 0, object.nar().size());
    return Bytes.owning(out.toByteArray());
  }

  @Test
  void isPassedOnAsItComes() throws Exception {
    SignedNar object =
        SignedNar.of(1, List.of(SignedNar.noise(1, LARGE).nar(), Bytes.utf8("small")));
    node.peers.add().has(object);
    assertThat(fetch(object)).isEqualTo(object.nar());
    Transfer transfer = node.substituter.transfers().getFirst();
    assertThat(transfer.state()).isEqualTo(Transfer.State.DONE);
    assertThat(transfer.doneBytes()).isEqualTo(object.nar().size());
    assertThat(transfer.sources()).hasSize(1);
  }

  @Test
  void goesOnFromAnotherWhoHasIt() throws Exception {
    SignedNar object = SignedNar.noise(1, LARGE);
    SignedNar otherwise = object.asPlainFile();
    node.peers.add().has(object).blocksLeft = 10;
    node.peers.add().has(otherwise);
    node.substituter.lookup().find(new LookupRequest.Key.HashPart(object.hashPart()));
    Awaiting.until(
        () ->
            node.substituter.supply().index().find(object.hashPart()).stream()
                .anyMatch(known -> known.offers().size() == 2));
    assertThat(fetch(object)).isEqualTo(object.nar());
    assertThat(node.substituter.transfers()).hasSize(1);
    assertThat(node.substituter.transfers().getFirst().state()).isEqualTo(Transfer.State.DONE);
    assertThat(node.substituter.transfers().getFirst().failOvers()).isEqualTo(1);
    assertThat(node.peers.bytesSent()).as("nothing twice").isLessThan(LARGE + LARGE / 4);
  }

  @Test
  void goesOnFromAnUpstreamAtTheSameByte() throws Exception {
    SignedNar object = SignedNar.noise(1, LARGE);
    FaultyUpstream upstream = new FaultyUpstream("http://upstream").has(object);
    reopen(upstream);
    node.peers.add().has(object).blocksLeft = 10;
    assertThat(fetch(object)).isEqualTo(object.nar());
    assertThat(upstream.opened).hasSize(1).allMatch(from -> from > 1 << 20);
    assertThat(node.substituter.transfers()).hasSize(1);
    assertThat(node.substituter.transfers().getFirst().sources()).hasSize(2);
  }

  @Test
  void goesOnFromAnotherUpstreamWhereOneDies() throws Exception {
    SignedNar object = SignedNar.noise(1, LARGE);
    FaultyUpstream first = new FaultyUpstream("http://first").has(object);
    FaultyUpstream second = new FaultyUpstream("http://second").has(object);
    first.fails(FaultyUpstream.Kind.DIES, 4 << 20);
    reopen(first, second);
    node.peers.add().has(object).blocksLeft = 10;
    assertThat(fetch(object)).isEqualTo(object.nar());
    assertThat(second.opened).containsExactly(4L << 20);
    assertThat(node.substituter.transfers().getFirst().failOvers()).isEqualTo(2);
  }

  @Test
  void isOneTransferWhereOnlyAnUpstreamHasIt() throws Exception {
    SignedNar object = SignedNar.noise(1, LARGE);
    reopen(new FaultyUpstream("http://upstream").has(object));
    node.substituter.nars().given(object.info());
    assertThat(fetch(object)).isEqualTo(object.nar());
    Awaiting.until(
        () ->
            node.substituter.transfers().stream()
                .map(Transfer::state)
                .toList()
                .equals(List.of(Transfer.State.DONE)));
  }

  @Test
  void comesAsAnyOtherWhileClientsThatDoNotReadHoldTheMemory() throws Exception {
    SignedNar object = SignedNar.noise(1, LARGE);
    node.peers.add().has(object);
    WindowBudget windows = node.substituter.supply().windows();
    Optional<WindowBudget.Lease> held = windows.leaseForPassage(LARGE);
    while (held.isPresent()) {
      held = windows.leaseForPassage(LARGE);
    }
    assertThat(fetch(object)).isEqualTo(object.nar());
    assertThat(node.substituter.nars().isRunning(object.info())).as("it was held").isTrue();
  }

  @Test
  void givesItsMemoryBack() throws Exception {
    SignedNar object = SignedNar.noise(1, LARGE);
    node.peers.add().has(object);
    for (int i = 0; i < 20; i++) {
      assertThat(fetch(object)).isEqualTo(object.nar());
    }
    assertThat(node.substituter.nars().isRunning(object.info())).as("it was held").isFalse();
  }

  @Test
  void isFoundWrongByWhoAsksForItChecked() throws Exception {
    SignedNar object = SignedNar.noise(1, LARGE);
    SignedNar other = SignedNar.noise(9, LARGE);
    FakePeers.FakePeer liar = node.peers.add().has(object.withViewsOf(other));
    assertThat(fetch(object)).isEqualTo(other.nar());
    assertThat(node.peers.penaltiesOf(liar)).isEmpty();
    assertThatThrownBy(() -> node.fetch(object)).isInstanceOf(FaultException.class);
    assertThat(node.peers.penaltiesOf(liar)).isNotEmpty();
    FakePeers.FakePeer honest = node.peers.add().has(object);
    assertThat(fetch(object)).as("without the view that is wrong").isEqualTo(object.nar());
    assertThat(node.peers.penaltiesOf(honest)).isEmpty();
  }

  @Test
  void saysOfTheClientThatHeIsGone() throws Exception {
    SignedNar object = SignedNar.noise(1, LARGE);
    node.peers.add().has(object);
    ByteTarget gone =
        (buffer, from, length) -> {
          throw new IOException("the client is gone");
        };
    ByteSource nar = unchecked(object);
    assertThatThrownBy(() -> nar.writeTo(gone, 0, nar.size())).hasMessage("the client is gone");
    assertThat(node.substituter.transfers().getFirst().state()).isEqualTo(Transfer.State.FAILED);
    assertThat(Optional.of(node.peers.sessions.getLast().closed)).contains(true);
  }
}
