package spindrift.catalog;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;
import spindrift.dag.DagFile;
import spindrift.ipld.BlockSource;
import spindrift.ipld.Cid;
import spindrift.ipld.UnixFsNode;
import spindrift.ipld.UnixFsNode.Part;
import spindrift.nix.FileMode;
import spindrift.nix.NarReader;
import spindrift.nix.NarVisitor;

/**
 * The file tree of a store object as its NAR view tells it, without the contents of any file:
 * names, modes and links are in the view's own nodes, of which there is one for some hundred files.
 *
 * <p>Read strictly: framing is in identity CIDs, and each file that is not empty is one part of
 * just its size, as {@link ViewBuilder} makes it. For one thread.
 */
public final class ViewOutline {
  private static final String FORMAT = "NAR view";

  /** Ours: half a million files; bounds what a view made to harm can have fetched. */
  private static final int MAX_NODES = 1024;

  private final Nodes nodes;
  private final Deque<Level> levels = new ArrayDeque<>();
  private int loaded;

  private ViewOutline(Nodes nodes) {
    this.nodes = nodes;
  }

  /** Gives the view's nodes. */
  public interface Nodes extends BlockSource {
    /** Says which nodes will be loaded next, in this order. Does not wait. */
    void expect(List<Cid> cids);
  }

  /** Is told of the tree in the order of the NAR; see {@link NarVisitor}. */
  public interface Visitor {
    void startDirectory() throws FaultException;

    void entry(Bytes name) throws FaultException;

    void endDirectory() throws FaultException;

    /**
     * A regular file.
     *
     * @param contents a leaf, or the node of a UnixFS file, of {@code size} bytes as the view says;
     *     empty where the file is
     */
    void regular(FileMode mode, long size, Optional<Cid> contents) throws FaultException;

    void symlink(Bytes target) throws FaultException;
  }

  private static final class Level {
    final List<Part> parts;
    int next;

    Level(List<Part> parts) {
      this.parts = parts;
    }
  }

  /**
   * Reads a view.
   *
   * @param narSize bytes that the view must have
   * @throws MalformedDataException when it is no NAR view as they are made here
   * @throws spindrift.base.AbsentException when a node is not to be had
   */
  public static void read(Cid view, long narSize, Nodes nodes, Visitor visitor)
      throws IOException, FaultException {
    ViewOutline outline = new ViewOutline(nodes);
    outline.enter(new Part(view, narSize, 0));
    Framing framing = outline.new Framing();
    NarReader reader = new NarReader(framing);
    try {
      reader.read(new Adapter(visitor, framing));
      reader.expectEnd();
    } catch (Wrapped e) {
      throw e.fault;
    }
  }

  private void enter(Part part) throws IOException, FaultException {
    if (levels.size() > DagFile.MAX_DEPTH) {
      throw new LimitExceededException("depth of a NAR view", DagFile.MAX_DEPTH);
    }
    if (++loaded > MAX_NODES) {
      throw new LimitExceededException("nodes of a NAR view", MAX_NODES);
    }
    Cid cid = part.cid();
    if (cid.codec() != Cid.DAG_PB
        || !(UnixFsNode.decode(nodes.load(cid)) instanceof UnixFsNode.File file)
        || !file.data().isEmpty()) {
      throw new MalformedDataException(FORMAT, -1, cid + " is no node of a NAR view");
    }
    if (file.size() != part.size()) {
      throw new MalformedDataException(
          FORMAT, -1, cid + " has " + file.size() + " bytes, not " + part.size());
    }
    levels.push(new Level(file.parts()));
    if (file.parts().stream().allMatch(below -> below.cid().codec() == Cid.DAG_PB)) {
      nodes.expect(file.parts().stream().map(Part::cid).toList());
    }
  }

  /**
   * The next part that is no inner node; empty at the end.
   *
   * @param fileSize of the file that has to be next; 0 for framing
   */
  private Optional<Part> next(long fileSize) throws IOException, FaultException {
    while (!levels.isEmpty()) {
      Level level = levels.element();
      if (level.next == level.parts.size()) {
        levels.pop();
        continue;
      }
      Part part = level.parts.get(level.next++);
      if (part.size() == 0) {
        continue;
      }
      // An inner node over a file has the framing behind it, too: its size is another.
      if (part.cid().codec() == Cid.DAG_PB && part.size() != fileSize) {
        enter(part);
      } else {
        return Optional.of(part);
      }
    }
    return Optional.empty();
  }

  /** The bytes between files. What is skipped is a file. */
  private final class Framing extends InputStream {
    private Bytes piece = Bytes.EMPTY;
    private int at;
    private long fileLeft;

    /** Passes to a file, whose bytes can be skipped and not read. */
    Cid file(long size) throws IOException, FaultException {
      Part part =
          at < piece.size()
              ? new Part(Cid.identityRaw(Bytes.EMPTY), 0, 0)
              : next(size).orElse(null);
      if (part == null || part.cid().isIdentity() || part.size() != size) {
        throw new MalformedDataException(FORMAT, -1, "a file is not one part of its size");
      }
      fileLeft = size;
      return part.cid();
    }

    @Override
    public long skip(long count) {
      long skipped = Math.clamp(count, 0, fileLeft);
      fileLeft -= skipped;
      return skipped;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int from, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      if (at == piece.size() && !advance()) {
        return -1;
      }
      int count = Math.min(length, piece.size() - at);
      piece.slice(at, at + count).copyTo(buffer, from);
      at += count;
      return count;
    }

    private boolean advance() throws IOException {
      try {
        Optional<Part> part = next(0);
        if (part.isEmpty()) {
          return false;
        }
        Cid cid = part.get().cid();
        if (!cid.isIdentity() || cid.digest().size() != part.get().size()) {
          throw new MalformedDataException(FORMAT, -1, "framing is not in identity CIDs");
        }
        piece = cid.digest();
        at = 0;
        return true;
      } catch (FaultException e) {
        throw new Wrapped(e);
      }
    }
  }

  /** A fault on its way through a stream. */
  private static final class Wrapped extends IOException {
    private static final long serialVersionUID = 1;
    private final transient FaultException fault;

    Wrapped(FaultException fault) {
      super(fault);
      this.fault = fault;
    }
  }

  private static final class Adapter implements NarVisitor {
    private final Visitor visitor;
    private final Framing framing;

    Adapter(Visitor visitor, Framing framing) {
      this.visitor = visitor;
      this.framing = framing;
    }

    @Override
    public void startDirectory() throws FaultException {
      visitor.startDirectory();
    }

    @Override
    public void entry(Bytes name) throws FaultException {
      visitor.entry(name);
    }

    @Override
    public void endDirectory() throws FaultException {
      visitor.endDirectory();
    }

    @Override
    public void regular(FileMode mode, long size, InputStream contents)
        throws IOException, FaultException {
      Optional<Cid> file = size == 0 ? Optional.empty() : Optional.of(framing.file(size));
      visitor.regular(mode, size, file);
    }

    @Override
    public void symlink(Bytes target) throws FaultException {
      visitor.symlink(target);
    }
  }
}
