package spindrift.substitute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.AbsentException;
import spindrift.base.Bytes;
import spindrift.ipld.BlockSource;
import spindrift.nix.NarInfo;

final class GatewayTest {
  private final SignedNar object = SignedNar.noise(1, 3 << 20);
  private final AtomicInteger asked = new AtomicInteger();
  private FetchingNode node;

  @TempDir private Path directory;

  @AfterEach
  void close() throws IOException {
    node.close();
  }

  private void open(BlockSource gateway) throws IOException {
    node = FetchingNode.withGateways(directory, List.of(gateway));
  }

  private BlockSource gateway() {
    return cid -> {
      asked.incrementAndGet();
      return object.blocks().load(cid);
    };
  }

  private Bytes fetch(NarInfo info) throws Exception {
    node.substituter.nars().given(info);
    return node.fetch(object);
  }

  @Test
  void giveTheBlocksOfAViewThatTheNarinfoNames() throws Exception {
    open(gateway());
    NarInfo named = object.info().withExtraField("IpfsCid", object.views().nar().toString());
    assertThat(fetch(named)).isEqualTo(object.nar());
    assertThat(node.substituter.transfers().getFirst().sources().getFirst().name())
        .isEqualTo("gateway");
  }

  @Test
  void giveWhatPeersDoNot() throws Exception {
    open(gateway());
    node.peers.add().has(object).blocksLeft = 5;
    assertThat(node.narInfo(object)).isPresent();
    assertThat(fetch(object.info())).isEqualTo(object.nar());
    assertThat(asked).hasPositiveValue();
  }

  @Test
  void areAskedForNothingThatNobodyNames() throws Exception {
    open(gateway());
    assertThatThrownBy(() -> fetch(object.info())).isInstanceOf(AbsentException.class);
    assertThat(asked).hasValue(0);
  }

  @Test
  void thatHaveNothingAreGivenUp() throws Exception {
    open(
        cid -> {
          throw new AbsentException("nothing here");
        });
    NarInfo named = object.info().withExtraField("IpfsCid", object.views().nar().toString());
    assertThatThrownBy(() -> fetch(named)).isInstanceOf(AbsentException.class);
  }

  @Test
  void areNotAskedWherePeersHaveAll() throws Exception {
    open(gateway());
    node.peers.add().has(object);
    assertThat(node.narInfo(object)).isPresent();
    assertThat(fetch(object.info())).isEqualTo(object.nar());
    assertThat(asked).hasValue(0);
  }
}
