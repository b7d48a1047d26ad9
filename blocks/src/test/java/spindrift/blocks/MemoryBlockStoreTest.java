package spindrift.blocks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import spindrift.base.Bytes;
import spindrift.ipld.Cid;

class MemoryBlockStoreTest extends BlockStoreContract {
  private final MemoryBlockStore store = new MemoryBlockStore();

  @Override
  BlockStore store() {
    return store;
  }

  @Test
  void countsEachBlockOnce() throws Exception {
    store.put(Cid.RAW, Bytes.utf8("a"));
    store.put(Cid.RAW, Bytes.utf8("a"));
    store.put(Cid.RAW, Bytes.utf8("b"));

    assertThat(store.count()).isEqualTo(2);
  }
}
