package spindrift.substitute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import spindrift.base.AbsentException;
import spindrift.base.ByteSource;
import spindrift.base.ByteTarget;
import spindrift.base.Bytes;
import spindrift.blocks.DiskBlockStore;
import spindrift.blocks.DiskOptions;
import spindrift.catalog.BinaryCache;
import spindrift.catalog.Catalog;
import spindrift.catalog.CatalogRecord;
import spindrift.catalog.Uploads;
import spindrift.ipld.Cid;
import spindrift.nix.StoreDir;
import spindrift.substitute.FaultyUpstream.Kind;

final class KeepingTest {
  private final FaultyUpstream upstream = new FaultyUpstream("http://upstream");
  private final SignedNar object = SignedNar.noise(1, 20 << 20);

  private DiskBlockStore blocks;
  private Catalog catalog;
  private FetchingNode node;

  @BeforeEach
  void open(@TempDir Path directory) throws IOException {
    blocks = DiskBlockStore.open(directory.resolve("blocks"), DiskOptions.DEFAULTS);
    catalog = Catalog.open(directory, StoreDir.DEFAULT);
    Path elsewhere = directory.resolve("node");
    node =
        new FetchingNode(
            elsewhere,
            FetchingNode.QUICK,
            AssemblySettings.DEFAULTS,
            FaultyUpstream.offers(upstream),
            Spool.open(elsewhere.resolve("spool"), 1 << 30),
            Optional.of(new Uploads(catalog, blocks, path -> false)));
  }

  @AfterEach
  void close() throws IOException {
    node.close();
    Awaiting.until(() -> node.spool.memoryBytes() == 0);
    catalog.close();
    blocks.close();
  }

  private Bytes fetch() throws Exception {
    node.substituter.nars().given(object.info());
    return node.fetch(object);
  }

  private Optional<CatalogRecord> record() {
    try {
      return catalog.find(object.path());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void keepsWhatPassesAsBlocks() throws Exception {
    upstream.has(object);
    assertThat(fetch()).isEqualTo(object.nar());
    Awaiting.until(() -> record().isPresent());
    CatalogRecord record = record().orElseThrow();
    assertThat(record.narView()).isEqualTo(object.views().nar());
    assertThat(record.origin()).isEqualTo(CatalogRecord.Origin.UPLOAD);
    assertThat(record.pin()).isEqualTo(CatalogRecord.Pin.UNPINNED);
    assertThat(record.narInfo().signatureLines()).isEqualTo(object.info().signatureLines());
    ByteSource kept =
        new BinaryCache(catalog, blocks, Optional.empty(), Optional.empty())
            .nar(object.info().narHash(), Optional.empty())
            .orElseThrow();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    kept.writeTo(ByteTarget.of(out), 0, kept.size());
    assertThat(Bytes.owning(out.toByteArray())).isEqualTo(object.nar());
  }

  @Test
  void keepsLeavesOfWhatDidNotComeWhole() throws Exception {
    upstream.has(object).fails(Kind.DIES, 18_000_000);
    assertThatThrownBy(this::fetch).isInstanceOf(AbsentException.class);
    List<Cid> leaves = object.cids().stream().filter(cid -> cid.codec() == Cid.RAW).toList();
    Awaiting.until(() -> leaves.stream().anyMatch(this::isHere));
    assertThat(record()).isEmpty();
  }

  private boolean isHere(Cid cid) {
    try {
      return blocks.has(cid);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
