package spindrift.substitute;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;
import spindrift.dag.DagFile;
import spindrift.exchange.FetchSession;
import spindrift.ipld.Block;
import spindrift.ipld.Cid;
import spindrift.ipld.UnixFsNode;
import spindrift.ipld.UnixFsNode.Part;

/**
 * Walks a UnixFS file some way ahead of who reads it, and has peers send what is not here in the
 * order in which it will be read. Nodes are wanted further ahead than leaves, so that it is known
 * early which leaves there are. For one thread.
 *
 * <p>A DAG made to harm cannot expand: every part has to have just the size that its parent says,
 * parts of size 0 are not looked at, and depth is bounded.
 */
final class FilePlan {
  /**
   * Ours: nodes of small files come by hundreds, and each waits for a round trip. As large as the
   * largest block; a single node comes however large it says it is.
   */
  static final long MAX_NODE_BYTES_AHEAD = 2L << 20;

  /** Ours: the node of a file of two leaves. */
  private static final long LEAST_NODE_BYTES = 256;

  /** Ours: leaves can be a byte each; some hundred bytes of memory for each piece. */
  private static final int MAX_PIECES = 8192;

  private static final String FORMAT = "UnixFS file";

  private final FileSpan span;
  private final LocalBlocks here;
  private final FetchSession session;
  private final Deque<Level> levels = new ArrayDeque<>();
  private final Deque<Piece> pieces = new ArrayDeque<>();
  private final Map<Cid, Integer> nodesAhead = new HashMap<>();
  private final List<Cid> wanted = new ArrayList<>();
  private long awaitedBytes;
  private long nodeBytesAhead;

  /** The next bytes of the file. */
  sealed interface Piece {
    /** Bytes that are in the DAG's links or nodes. */
    record Inline(Bytes bytes) implements Piece {}

    /** A leaf that was here when the plan was made. */
    record Here(Leaf leaf) implements Piece {}

    /** A leaf that peers were asked for. */
    record Awaited(Leaf leaf) implements Piece {}
  }

  /** What is to be read of a leaf: from {@code from} to {@code to}, exclusive. */
  record Leaf(Cid cid, int size, int from, int to) {}

  /** A node that is being walked: which of its parts come next. */
  private static final class Level {
    final List<Part> parts;
    long offset;
    int next;
    int ahead;
    long aheadOffset;

    Level(List<Part> parts, long offset) {
      this.parts = parts;
      this.offset = offset;
      this.aheadOffset = offset;
    }
  }

  FilePlan(FileSpan span, LocalBlocks here, FetchSession session) {
    this.span = span;
    this.here = here;
    this.session = session;
    levels.push(new Level(List.of(new Part(span.root(), span.size(), 0)), 0));
  }

  /** The next piece; stays until it is {@link #taken}. */
  Optional<Piece> next() {
    return Optional.ofNullable(pieces.peek());
  }

  void taken() {
    if (pieces.remove() instanceof Piece.Awaited(Leaf leaf)) {
      awaitedBytes -= leaf.size();
    }
  }

  /**
   * Plans ahead, until so many bytes are awaited or a node is needed that has not come. Waits only
   * when there is no piece left.
   */
  void advance(long maxAwaitedBytes) throws IOException, FaultException {
    // In large steps: what is wanted goes out in few messages.
    if (awaitedBytes > maxAwaitedBytes / 4 * 3 || pieces.size() > MAX_PIECES / 4 * 3) {
      return;
    }
    boolean goesOn = true;
    while (goesOn
        && !levels.isEmpty()
        && (awaitedBytes < maxAwaitedBytes || pieces.isEmpty())
        && pieces.size() < MAX_PIECES) {
      goesOn = step();
    }
    send();
  }

  private void send() {
    if (!wanted.isEmpty()) {
      session.expect(wanted);
      wanted.clear();
    }
  }

  /** Looks at one part; false when that has to wait until something has come. */
  private boolean step() throws IOException, FaultException {
    Level level = levels.element();
    if (level.next == level.parts.size()) {
      levels.pop();
      return true;
    }
    Part part = level.parts.get(level.next);
    if (level.ahead == level.next) {
      level.ahead++;
      level.aheadOffset += part.size();
    }
    if (isWanted(part, level.offset)) {
      if (part.cid().codec() == Cid.RAW) {
        leaf(part, level.offset);
      } else {
        Optional<Bytes> block = nodeBlock(part);
        if (block.isEmpty()) {
          return false;
        }
        passed(level, part);
        enter(part, UnixFsNode.decode(block.get()), level.offset - part.size());
        return true;
      }
    }
    passed(level, part);
    return true;
  }

  private static void passed(Level level, Part part) {
    level.next++;
    level.offset += part.size();
  }

  private boolean isWanted(Part part, long offset) {
    return part.size() > 0 && offset < span.to() && offset + part.size() > span.from();
  }

  private void leaf(Part part, long offset) throws MalformedDataException {
    Cid cid = part.cid();
    if (part.size() > Block.MAX_BYTES) {
      throw new MalformedDataException(FORMAT, -1, "a leaf of " + part.size() + " bytes");
    }
    Leaf leaf =
        new Leaf(
            cid,
            (int) part.size(),
            (int) Math.max(0, span.from() - offset),
            (int) Math.min(part.size(), span.to() - offset));
    Optional<Bytes> known = known(cid);
    if (known.isPresent()) {
      requireSize(cid, known.get().size(), part.size());
      pieces.add(new Piece.Inline(known.get().slice(leaf.from(), leaf.to())));
      return;
    }
    OptionalInt size = here.size(cid);
    if (size.isPresent()) {
      requireSize(cid, size.getAsInt(), part.size());
      pieces.add(new Piece.Here(leaf));
    } else {
      pieces.add(new Piece.Awaited(leaf));
      wanted.add(cid);
      awaitedBytes += leaf.size();
    }
  }

  private Optional<Bytes> nodeBlock(Part part) throws IOException, FaultException {
    Cid cid = part.cid();
    Optional<Bytes> known = known(cid);
    if (known.isPresent()) {
      return known;
    }
    if (!nodesAhead.containsKey(cid)) {
      Optional<Bytes> block = here.read(cid);
      if (block.isPresent()) {
        return block;
      }
      wantNode(part);
    }
    if (!pieces.isEmpty() && !session.holds(cid)) {
      return Optional.empty();
    }
    send();
    Bytes block = session.load(cid);
    nodesAhead.computeIfPresent(cid, (same, count) -> count == 1 ? null : count - 1);
    nodeBytesAhead -= nodeBytes(part);
    wantNodes();
    return Optional.of(block);
  }

  /** A block that is inside its CID, or was given. */
  private Optional<Bytes> known(Cid cid) {
    if (cid.isIdentity()) {
      return Optional.of(cid.digest());
    }
    return cid.equals(span.root()) ? span.rootBlock() : Optional.empty();
  }

  private void enter(Part part, UnixFsNode node, long offset)
      throws MalformedDataException, LimitExceededException {
    if (levels.size() > DagFile.MAX_DEPTH + 1) {
      throw new LimitExceededException("depth of a UnixFS file", DagFile.MAX_DEPTH);
    }
    if (!(node instanceof UnixFsNode.File file)) {
      throw new MalformedDataException(FORMAT, -1, part.cid() + " is not a file");
    }
    requireSize(part.cid(), file.size(), part.size());
    int own = file.data().size();
    long first = Math.clamp(span.from() - offset, 0, own);
    long last = Math.clamp(span.to() - offset, 0, own);
    if (first < last) {
      pieces.add(new Piece.Inline(file.data().slice((int) first, (int) last)));
    }
    levels.push(new Level(file.parts(), offset + own));
    wantNodes();
  }

  /** Has the nodes come that will be read next: those of the innermost level come first. */
  private void wantNodes() {
    for (Iterator<Level> inner = levels.iterator(); inner.hasNext(); ) {
      Level level = inner.next();
      while (level.ahead < level.parts.size() && nodeBytesAhead < MAX_NODE_BYTES_AHEAD) {
        Part part = level.parts.get(level.ahead);
        Cid cid = part.cid();
        if (cid.codec() != Cid.RAW
            && !cid.isIdentity()
            && isWanted(part, level.aheadOffset)
            && here.size(cid).isEmpty()) {
          wantNode(part);
        }
        level.ahead++;
        level.aheadOffset += part.size();
      }
    }
  }

  private void wantNode(Part part) {
    nodesAhead.merge(part.cid(), 1, Integer::sum);
    nodeBytesAhead += nodeBytes(part);
    wanted.add(part.cid());
  }

  /** Bytes of a node, and of those below it, as far as its parent tells. */
  private static long nodeBytes(Part part) {
    return Math.clamp(part.tsize() - part.size(), LEAST_NODE_BYTES, MAX_NODE_BYTES_AHEAD);
  }

  static void requireSize(Cid cid, long actual, long promised) throws MalformedDataException {
    if (actual != promised) {
      throw new MalformedDataException(
          FORMAT, -1, cid + " has " + actual + " bytes where " + promised + " were promised");
    }
  }
}
