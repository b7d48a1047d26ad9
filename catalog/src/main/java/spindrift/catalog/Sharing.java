package spindrift.catalog;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import spindrift.base.FaultException;
import spindrift.blocks.BlockReader;
import spindrift.ipld.Cid;
import spindrift.nix.NarInfo;
import spindrift.nix.PublicKey;
import spindrift.nix.StorePath;

/**
 * Which objects and blocks peers may have. An object is public when a key of {@code share.keys}
 * signed it, or its owner shared it by name; never when its owner unshared it. A block is public
 * when it belongs to a view of a public object. Safe for use by several threads.
 */
public final class Sharing {
  public Sharing(Catalog catalog, BlockReader blocks, List<PublicKey> shareKeys) {
    throw new UnsupportedOperationException("TODO");
  }

  /** Whether peers may know of an object. */
  public boolean isPublic(NarInfo info) throws IOException {
    throw new UnsupportedOperationException("TODO");
  }

  /** Whether a block belongs to a public object that was indexed. */
  public boolean isPublic(Cid cid) throws IOException {
    throw new UnsupportedOperationException("TODO");
  }

  /** Makes objects public whoever signed them; they need not be here. */
  public void share(Collection<StorePath> paths) throws IOException, FaultException {
    throw new UnsupportedOperationException("TODO");
  }

  /** Makes objects private whoever signed them; they need not be here. */
  public void unshare(Collection<StorePath> paths) throws IOException, FaultException {
    throw new UnsupportedOperationException("TODO");
  }

  /**
   * Notes the blocks of a record's views, if it is public. To be called for every record that is
   * put.
   */
  public void index(CatalogRecord record) throws IOException, FaultException {
    throw new UnsupportedOperationException("TODO");
  }
}
