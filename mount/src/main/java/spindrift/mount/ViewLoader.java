package spindrift.mount;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.catalog.ViewOutline;
import spindrift.ipld.Cid;
import spindrift.nix.StorePath;

/** The nodes of one path's DAGs, some ahead of who walks them. For one thread. */
final class ViewLoader implements ViewOutline.Nodes, FileMap.Nodes {
  /** Ours: nodes have up to some 200 KB. */
  private static final int AHEAD = 16;

  private final StorePath path;
  private final Blocks blocks;
  private final OpenFiles files;
  private final List<Cid> expected = new ArrayList<>();
  private int loaded;

  ViewLoader(StorePath path, Blocks blocks, OpenFiles files) {
    this.path = path;
    this.blocks = blocks;
    this.files = files;
  }

  @Override
  public void expect(List<Cid> cids) {
    expected.addAll(loaded, cids);
  }

  @Override
  public Bytes load(Cid cid) throws IOException, FaultException {
    if (cid.isIdentity()) {
      return cid.digest();
    }
    if (loaded < expected.size() && expected.get(loaded).equals(cid)) {
      if (loaded % (AHEAD / 2) == 0) {
        blocks.want(path, expected.subList(loaded, Math.min(expected.size(), loaded + AHEAD)));
      }
      loaded++;
    }
    return new NodeReader(path, blocks, files).bytes(cid);
  }
}
