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

  @BeforeEach
  void open(@TempDir Path directory) throws IOException {
    node = new FetchingNode(directory);
  }

  @AfterEach
  void close() throws IOException {
    node.close();
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
