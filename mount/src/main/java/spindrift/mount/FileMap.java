package spindrift.mount;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;
import spindrift.dag.DagFile;
import spindrift.ipld.Block;
import spindrift.ipld.Cid;
import spindrift.ipld.UnixFsNode;
import spindrift.ipld.UnixFsNode.Part;

/** Which leaves a file is made of, and where in it each begins: 40 bytes a leaf. Immutable. */
final class FileMap {
  private static final String FORMAT = "UnixFS file";
  private static final int DIGEST = 32;

  /** Ours: files of a hundred GB in leaves as they are cut here; 40 MB. */
  private static final int MAX_LEAVES = 1 << 20;

  private final long[] ends;
  private final byte[] digests;

  private FileMap(long[] ends, byte[] digests) {
    this.ends = ends;
    this.digests = digests;
  }

  /** Gives the nodes of a file. */
  interface Nodes {
    /** Says what will be loaded; does not wait. */
    void expect(List<Cid> cids);

    Bytes load(Cid cid) throws IOException, FaultException;
  }

  /**
   * Reads the nodes of a file.
   *
   * @param size that it must have
   */
  static FileMap read(Cid root, long size, Nodes nodes) throws IOException, FaultException {
    Walk walk = new Walk(nodes);
    walk.add(root, size, 0);
    return new FileMap(
        Arrays.copyOf(walk.ends, walk.leaves), Arrays.copyOf(walk.digests, walk.leaves * DIGEST));
  }

  int leaves() {
    return ends.length;
  }

  Cid leaf(int index) {
    return Cid.raw(Bytes.copyOf(digests, index * DIGEST, DIGEST));
  }

  /** Where a leaf begins. */
  long start(int index) {
    return index == 0 ? 0 : ends[index - 1];
  }

  /** Where a leaf ends, exclusive. */
  long end(int index) {
    return ends[index];
  }

  /** The leaf with a byte of the file. */
  int leafAt(long offset) {
    int found = Arrays.binarySearch(ends, offset);
    return found >= 0 ? found + 1 : -found - 1;
  }

  /** Leaves from one on that have so many bytes together, at the least; fewer at the end. */
  List<Cid> leavesFrom(int first, long bytes) {
    List<Cid> cids = new ArrayList<>();
    for (int i = first; i < ends.length && start(i) - start(first) < bytes; i++) {
      cids.add(leaf(i));
    }
    return cids;
  }

  /** So many leaves from one on; fewer at the end. */
  List<Cid> leaves(int first, int count) {
    return IntStream.range(first, Math.min(ends.length, first + count))
        .mapToObj(this::leaf)
        .toList();
  }

  long memory() {
    return 64 + 8L * ends.length + digests.length;
  }

  private static final class Walk {
    private final Nodes nodes;
    private long[] ends = new long[1];
    private byte[] digests = new byte[DIGEST];
    private int leaves;
    private long offset;

    Walk(Nodes nodes) {
      this.nodes = nodes;
    }

    void add(Cid cid, long size, int depth) throws IOException, FaultException {
      if (cid.codec() == Cid.RAW) {
        leaf(cid, size);
        return;
      }
      if (depth > DagFile.MAX_DEPTH) {
        throw new LimitExceededException("depth of a UnixFS file", DagFile.MAX_DEPTH);
      }
      if (cid.codec() != Cid.DAG_PB
          || !(UnixFsNode.decode(nodes.load(cid)) instanceof UnixFsNode.File file)
          || !file.data().isEmpty()) {
        throw new MalformedDataException(FORMAT, -1, cid + " is no node of a file");
      }
      if (file.size() != size) {
        throw new MalformedDataException(
            FORMAT, -1, cid + " has " + file.size() + " bytes where " + size + " were promised");
      }
      nodes.expect(
          file.parts().stream()
              .map(Part::cid)
              .filter(below -> below.codec() == Cid.DAG_PB)
              .toList());
      for (Part part : file.parts()) {
        if (part.size() > 0) {
          add(part.cid(), part.size(), depth + 1);
        }
      }
    }

    private void leaf(Cid cid, long size) throws FaultException {
      if (size > Block.MAX_BYTES || cid.version() != 1 || !cid.isSha256()) {
        throw new MalformedDataException(FORMAT, -1, cid + " of " + size + " bytes is no leaf");
      }
      if (leaves == MAX_LEAVES) {
        throw new LimitExceededException("leaves of a file", MAX_LEAVES);
      }
      if (leaves == ends.length) {
        ends = Arrays.copyOf(ends, leaves * 2);
        digests = Arrays.copyOf(digests, leaves * 2 * DIGEST);
      }
      offset = Math.addExact(offset, size);
      ends[leaves] = offset;
      cid.digest().copyTo(digests, leaves * DIGEST);
      leaves++;
    }
  }
}
