package spindrift.catalog;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Set;
import spindrift.base.FaultException;
import spindrift.ipld.BlockSource;
import spindrift.ipld.Cid;
import spindrift.ipld.DagPb;
import spindrift.ipld.PbLink;
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

  /**
   * All blocks of both views but those inside their CIDs, each once. Nodes are read for what they
   * link to; leaves are not.
   *
   * @throws spindrift.base.AbsentException when a node is not to be had
   */
  public Collection<Cid> blocks(BlockSource source) throws IOException, FaultException {
    Set<Cid> found = new LinkedHashSet<>();
    Deque<Cid> nodes = new ArrayDeque<>();
    reach(nar, found, nodes);
    reach(tree, found, nodes);
    while (!nodes.isEmpty()) {
      for (PbLink link : DagPb.decode(source.load(nodes.removeLast())).links()) {
        reach(link.cid(), found, nodes);
      }
    }
    return found;
  }

  private static void reach(Cid cid, Set<Cid> found, Deque<Cid> nodes) {
    if (!cid.isIdentity() && found.add(cid) && cid.codec() == Cid.DAG_PB) {
      nodes.add(cid);
    }
  }
}
