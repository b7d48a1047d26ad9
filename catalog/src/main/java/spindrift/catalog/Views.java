package spindrift.catalog;

import spindrift.ipld.Cid;
import spindrift.nix.NarInfo;

/**
 * The two views of a store object, which share their leaves.
 *
 * @param nar the UnixFS file whose bytes are exactly the NAR
 * @param tree the UnixFS DAG of the file tree
 */
public record Views(Cid nar, Cid tree) {
  /** The narinfo field with the CID of the NAR view; Nix ignores it. */
  public static final String NAR_FIELD = "IpfsCid";

  /** The narinfo field with the CID of the tree view; Nix ignores it. */
  public static final String TREE_FIELD = "IpfsTree";

  /** A narinfo with the fields that name these views. */
  NarInfo describe(NarInfo info) {
    return info.withExtraField(NAR_FIELD, nar.toString())
        .withExtraField(TREE_FIELD, tree.toString());
  }
}
