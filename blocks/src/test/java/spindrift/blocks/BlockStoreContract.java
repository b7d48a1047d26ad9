package spindrift.blocks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import spindrift.base.AbsentException;
import spindrift.base.Bytes;
import spindrift.base.Digests;
import spindrift.base.IntegrityException;
import spindrift.base.LimitExceededException;
import spindrift.base.Multihash;
import spindrift.ipld.Block;
import spindrift.ipld.Cid;

/** What every block store does. */
abstract class BlockStoreContract {
  /** The store under test; the subclass closes it. */
  abstract BlockStore store() throws Exception;

  @Test
  void givesBackWhatWasPut() throws Exception {
    Bytes content = Bytes.utf8("snow");

    Cid cid = store().put(Cid.RAW, content);

    assertThat(cid).isEqualTo(Cid.raw(Digests.sha256(content)));
    assertThat(store().read(cid)).contains(content);
    assertThat(store().has(cid)).isTrue();
    assertThat(store().size(cid)).hasValue(4);
    assertThat(store().load(cid)).isEqualTo(content);
  }

  @Test
  void givesItBackAfterASync() throws Exception {
    Cid cid = store().put(Cid.RAW, Bytes.utf8("snow"));
    store().sync();
    store().sync();

    assertThat(store().read(cid)).contains(Bytes.utf8("snow"));
  }

  @Test
  void anAbsentBlockIsAbsent() throws Exception {
    Cid cid = Dags.leaf(1, 10).cid();

    assertThat(store().has(cid)).isFalse();
    assertThat(store().size(cid)).isEmpty();
    assertThat(store().read(cid)).isEmpty();
    assertThatThrownBy(() -> store().load(cid))
        .isInstanceOf(AbsentException.class)
        .hasMessageContaining(cid.toString());
  }

  @Test
  void refusesABlockThatIsNotTheOneNamed() throws Exception {
    Cid cid = Dags.leaf(1, 10).cid();

    assertThatThrownBy(() -> store().put(cid, Bytes.utf8("other")))
        .isInstanceOf(IntegrityException.class);
    assertThat(store().has(cid)).isFalse();
  }

  @Test
  void refusesABlockThatNothingCanProve() {
    Cid cid = Cid.of(Cid.RAW, new Multihash(Multihash.BLAKE3, Digests.sha256(Bytes.EMPTY)));

    assertThatThrownBy(() -> store().put(cid, Bytes.EMPTY)).isInstanceOf(IntegrityException.class);
  }

  @Test
  void takesTheLargestBlockAndRefusesALargerOne() throws Exception {
    Bytes largest = Bytes.owning(new byte[BlockWriter.MAX_BLOCK_BYTES]);
    Bytes larger = Bytes.owning(new byte[BlockWriter.MAX_BLOCK_BYTES + 1]);

    Cid cid = store().put(Cid.RAW, largest);

    assertThat(store().read(cid)).contains(largest);
    assertThatThrownBy(() -> store().put(Cid.RAW, larger))
        .isInstanceOf(LimitExceededException.class);
    assertThatThrownBy(() -> store().put(Cid.raw(Digests.sha256(larger)), larger))
        .isInstanceOf(LimitExceededException.class);
  }

  @Test
  void keepsTheEmptyBlock() throws Exception {
    Cid cid = store().put(Cid.RAW, Bytes.EMPTY);
    store().sync();

    assertThat(store().read(cid)).contains(Bytes.EMPTY);
    assertThat(store().size(cid)).hasValue(0);
  }

  @Test
  void anIdentityCidIsItsOwnBlock() throws Exception {
    Cid cid = Cid.identityRaw(Bytes.utf8("inside"));

    assertThat(store().has(cid)).isTrue();
    assertThat(store().size(cid)).hasValue(6);
    assertThat(store().read(cid)).contains(Bytes.utf8("inside"));
    store().put(cid, Bytes.utf8("inside"));
    assertThatThrownBy(() -> store().put(cid, Bytes.utf8("else")))
        .isInstanceOf(IntegrityException.class);
  }

  @Test
  void aBlockIsThereUnderEveryCodecAndVersion() throws Exception {
    Block node = Dags.node(List.of(Dags.leaf(1, 10)));
    store().accept(node);

    assertThat(store().read(Cid.v0(node.cid().hash()))).contains(node.bytes());
    assertThat(store().read(Cid.of(Cid.RAW, node.cid().hash()))).contains(node.bytes());
  }

  @Test
  void keepsBlocksUnderOtherHashFunctions() throws Exception {
    Bytes content = Bytes.utf8("blob 4\0snow");
    Bytes sha1 = Bytes.owning(Digests.sha1().digest(content.toArray()));
    Cid git = Cid.of(Cid.GIT_RAW, new Multihash(Multihash.SHA1, sha1));

    store().put(git, content);
    store().sync();

    assertThat(store().read(git)).contains(content);
    assertThat(store().has(Cid.raw(Digests.sha256(content)))).isFalse();
  }

  @Test
  void aHashIsNotTakenForTheBlockThatSpellsIt() throws Exception {
    Multihash hash = new Multihash(Multihash.SHA1, Bytes.owning(new byte[20]));
    store().put(Cid.RAW, hash.toBytes());
    store().sync();

    assertThat(store().has(Cid.of(Cid.RAW, hash))).isFalse();
  }

  @Test
  void manyThreadsPutSyncAndReadAtOnce() throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> running = new ArrayList<>();
      for (int t = 0; t < 8; t++) {
        int thread = t;
        running.add(
            threads.submit(
                () -> {
                  for (int i = 0; i < 50; i++) {
                    // Neighbours put the same blocks.
                    Block block = Dags.leaf(thread / 2 * 1000 + i, 100 + i);
                    store().accept(block);
                    assertThat(store().read(block.cid())).contains(block.bytes());
                    if (i % 10 == 0) {
                      store().sync();
                      assertThat(store().read(block.cid())).contains(block.bytes());
                    }
                  }
                  return null;
                }));
      }
      for (Future<?> one : running) {
        one.get();
      }
    }
  }
}
