package spindrift.catalog;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.FileIdentity;
import spindrift.base.LimitExceededException;
import spindrift.dag.UnixFsDag;
import spindrift.ipld.Cid;
import spindrift.ipld.UnixFsEntry;
import spindrift.ipld.UnixFsNode;
import spindrift.nix.FileMode;
import spindrift.nix.NarListing;
import spindrift.nix.NarListingBuilder;
import spindrift.nix.NarVisitor;
import spindrift.store.StoreTree;

/** Listings made without reading a file's contents. */
final class Listings {
  /** As deep as a NAR may be. */
  private static final int MAX_DEPTH = 1024;

  private Listings() {}

  /** The listing of files on disk. */
  static NarListing ofFiles(Path root) throws IOException, FaultException {
    NarListingBuilder listing = new NarListingBuilder();
    new StoreTree(root).walk(new FilesToNar(listing));
    return listing.finish();
  }

  /** The listing of a tree view. */
  static NarListing ofTreeView(Cid treeView, UnixFsDag dag) throws IOException, FaultException {
    NarListingBuilder listing = new NarListingBuilder();
    tell(treeView, dag, listing, 0);
    return listing.finish();
  }

  private static void tell(Cid cid, UnixFsDag dag, NarVisitor visitor, int depth)
      throws IOException, FaultException {
    if (depth > MAX_DEPTH) {
      throw new LimitExceededException("depth of a tree view", MAX_DEPTH);
    }
    UnixFsNode node = dag.node(cid);
    switch (node) {
      case UnixFsNode.File file ->
          visitor.regular(
              file.attributes().isExecutable() ? FileMode.EXECUTABLE : FileMode.REGULAR,
              file.size(),
              InputStream.nullInputStream());
      case UnixFsNode.Symlink link -> visitor.symlink(link.target());
      case UnixFsNode.Directory directory -> tellEntries(directory, dag, visitor, depth);
      case UnixFsNode.Shard shard -> tellEntries(shard, dag, visitor, depth);
    }
  }

  private static void tellEntries(
      UnixFsNode directory, UnixFsDag dag, NarVisitor visitor, int depth)
      throws IOException, FaultException {
    visitor.startDirectory();
    for (UnixFsEntry entry : dag.entries(directory)) {
      visitor.entry(entry.name());
      tell(entry.cid(), dag, visitor, depth + 1);
    }
    visitor.endDirectory();
  }

  /** Tells of files with their sizes and without their contents. */
  private record FilesToNar(NarVisitor visitor) implements StoreTree.Visitor {
    @Override
    public void startDirectory() throws IOException, FaultException {
      visitor.startDirectory();
    }

    @Override
    public void entry(Bytes name) throws IOException, FaultException {
      visitor.entry(name);
    }

    @Override
    public void endDirectory() throws IOException, FaultException {
      visitor.endDirectory();
    }

    @Override
    public void file(Path file, FileMode mode, FileIdentity identity)
        throws IOException, FaultException {
      visitor.regular(mode, identity.size(), InputStream.nullInputStream());
    }

    @Override
    public void symlink(Bytes target) throws IOException, FaultException {
      visitor.symlink(target);
    }
  }
}
