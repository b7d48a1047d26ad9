package spindrift.dag;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;
import spindrift.ipld.BlockSource;
import spindrift.ipld.Cid;
import spindrift.ipld.HamtDirectory;
import spindrift.ipld.HamtEntries;
import spindrift.ipld.UnixFsAttributes;
import spindrift.ipld.UnixFsEntry;
import spindrift.ipld.UnixFsNode;

/**
 * A file tree in UnixFS, read through a {@link BlockSource}. As safe for use by several threads as
 * its source.
 */
public final class UnixFsDag {
  /** Ours: 20 times the largest directories seen in Nix stores; bounds the memory of a listing. */
  public static final int MAX_ENTRIES = 1_000_000;

  private final BlockSource blocks;

  public UnixFsDag(BlockSource blocks) {
    this.blocks = blocks;
  }

  /** The node that a CID names; a raw block is a file with all bytes of its own. */
  public UnixFsNode node(Cid cid) throws IOException, FaultException {
    Bytes block = cid.isIdentity() ? cid.digest() : blocks.load(cid);
    if (cid.codec() == Cid.RAW) {
      return new UnixFsNode.File(block, List.of(), UnixFsAttributes.NONE);
    }
    if (cid.codec() == Cid.DAG_PB) {
      return UnixFsNode.decode(block);
    }
    throw new MalformedDataException("UnixFS", -1, cid + " is neither raw nor DAG-PB");
  }

  /** The entries of a directory in ascending order of their names. */
  public List<UnixFsEntry> entries(UnixFsNode directory) throws IOException, FaultException {
    return switch (directory) {
      case UnixFsNode.Directory plain -> plain.entries();
      case UnixFsNode.Shard root -> shardEntries(root);
      case UnixFsNode.File file -> throw notDirectory();
      case UnixFsNode.Symlink link -> throw notDirectory();
    };
  }

  private List<UnixFsEntry> shardEntries(UnixFsNode.Shard root) throws IOException, FaultException {
    List<UnixFsEntry> all = new ArrayList<>();
    HamtEntries entries = HamtDirectory.of(root, blocks).entries();
    for (Optional<UnixFsEntry> entry = entries.next(); entry.isPresent(); entry = entries.next()) {
      if (all.size() == MAX_ENTRIES) {
        throw new LimitExceededException("entries of a directory", MAX_ENTRIES);
      }
      all.add(entry.get());
    }
    all.sort(Comparator.comparing(UnixFsEntry::name));
    return Collections.unmodifiableList(all);
  }

  /** The entry of a directory with a name; empty also where the node is no directory. */
  public Optional<UnixFsEntry> find(UnixFsNode directory, Bytes name)
      throws IOException, FaultException {
    return switch (directory) {
      case UnixFsNode.Directory plain ->
          plain.entries().stream().filter(entry -> entry.name().equals(name)).findFirst();
      case UnixFsNode.Shard root -> HamtDirectory.of(root, blocks).find(name);
      case UnixFsNode.File file -> Optional.empty();
      case UnixFsNode.Symlink link -> Optional.empty();
    };
  }

  /** The CID that names lead to from a root; symbolic links are not followed. */
  public Optional<Cid> resolve(Cid root, List<Bytes> names) throws IOException, FaultException {
    Cid at = root;
    for (Bytes name : names) {
      Optional<UnixFsEntry> entry = find(node(at), name);
      if (entry.isEmpty()) {
        return Optional.empty();
      }
      at = entry.get().cid();
    }
    return Optional.of(at);
  }

  /** The contents of the file that a CID names. */
  public DagFile file(Cid cid) throws IOException, FaultException {
    return DagFile.open(cid, blocks);
  }

  private static MalformedDataException notDirectory() {
    return new MalformedDataException("UnixFS", -1, "not a directory");
  }
}
