package spindrift.nix;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.LimitExceededException;

/**
 * Makes the listing of a NAR from what it is told, and passes everything on to another visitor.
 * Offsets are counted from the tokens that the calls stand for. For one thread.
 */
public final class NarListingBuilder implements NarVisitor {
  /** Ours: some 200 bytes of memory each; the largest known objects have 300,000 files. */
  public static final int MAX_NODES = 1_000_000;

  private static final NarVisitor NOBODY =
      new NarVisitor() {
        @Override
        public void startDirectory() {}

        @Override
        public void entry(Bytes name) {}

        @Override
        public void endDirectory() {}

        @Override
        public void regular(FileMode mode, long size, InputStream contents) {}

        @Override
        public void symlink(Bytes target) {}
      };

  private final NarVisitor next;
  private final Deque<SortedMap<Bytes, NarListing.Node>> open = new ArrayDeque<>();
  private final Deque<Bytes> names = new ArrayDeque<>();
  private NarListing.@Nullable Node root;
  private long offset = NarSize.HEADER;
  private int nodes;

  /** A builder that passes nothing on. */
  public NarListingBuilder() {
    this(NOBODY);
  }

  public NarListingBuilder(NarVisitor next) {
    this.next = next;
  }

  @Override
  public void startDirectory() throws IOException, FaultException {
    open.push(new TreeMap<>());
    offset += NarSize.DIRECTORY - NarFormat.CLOSE.length;
    next.startDirectory();
  }

  @Override
  public void entry(Bytes name) throws IOException, FaultException {
    names.push(name);
    offset += NarSize.beforeNode(name.size());
    next.entry(name);
  }

  @Override
  public void endDirectory() throws IOException, FaultException {
    offset += NarFormat.CLOSE.length;
    add(new NarListing.Directory(open.pop()));
    next.endDirectory();
  }

  @Override
  public void regular(FileMode mode, long size, InputStream contents)
      throws IOException, FaultException {
    long contentOffset = offset + NarSize.beforeContents(mode);
    offset += NarSize.regular(mode, size);
    add(new NarListing.File(mode, size, contentOffset));
    next.regular(mode, size, contents);
  }

  @Override
  public void symlink(Bytes target) throws IOException, FaultException {
    offset += NarSize.symlink(target.size());
    add(new NarListing.Link(target));
    next.symlink(target);
  }

  /** Bytes of the NAR so far. */
  public long offset() {
    return offset;
  }

  /**
   * The listing of the NAR, which must be complete.
   *
   * @throws LimitExceededException when it has more than {@link #MAX_NODES} nodes; only here, so
   *     that the NAR itself streams on without its listing
   */
  public NarListing finish() throws LimitExceededException {
    if (nodes > MAX_NODES) {
      throw new LimitExceededException("nodes of a NAR listing", MAX_NODES);
    }
    if (root == null) {
      throw new IllegalStateException("the NAR is not complete");
    }
    return new NarListing(root);
  }

  private void add(NarListing.Node node) {
    nodes++;
    if (open.isEmpty()) {
      root = node;
      return;
    }
    offset += NarFormat.CLOSE.length;
    Bytes name = names.pop();
    if (nodes <= MAX_NODES) {
      open.element().put(name, node);
    } else {
      open.forEach(Map::clear);
    }
  }
}
