package spindrift.substitute;

import java.io.IOException;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import spindrift.base.ByteTarget;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.FileRange;
import spindrift.exchange.FetchSession;

/**
 * Reads a UnixFS file from its blocks: those that are here, and those that peers send meanwhile.
 * Holds no more than a window of what is to come. For one thread.
 */
final class AheadReader {
  private final FilePlan plan;
  private final LocalBlocks here;
  private final FetchSession session;
  private final LongSupplier window;
  private final LongConsumer localBytes;
  private final long size;

  /**
   * @param window bytes of leaves that may be on their way; asked for again and again
   * @param localBytes is told of bytes that were here
   */
  AheadReader(
      FileSpan span,
      LocalBlocks here,
      FetchSession session,
      LongSupplier window,
      LongConsumer localBytes) {
    this.plan = new FilePlan(span, here, session);
    this.size = span.to() - span.from();
    this.here = here;
    this.session = session;
    this.window = window;
    this.localBytes = localBytes;
  }

  /**
   * Writes what is to be read.
   *
   * @throws spindrift.base.AbsentException when a block is not to be had from the session's peers
   * @throws spindrift.base.MalformedDataException when the DAG is not a file, or not of its size
   * @throws spindrift.base.LimitExceededException when it is too deep
   * @throws IOException when the target fails, or the session was closed
   */
  void writeTo(ByteTarget target) throws IOException, FaultException {
    Gathering gathering = new Gathering(target, size);
    plan.advance(window.getAsLong());
    for (Optional<FilePlan.Piece> piece = plan.next(); piece.isPresent(); piece = plan.next()) {
      switch (piece.get()) {
        case FilePlan.Piece.Inline(Bytes bytes) -> bytes.writeTo(gathering);
        case FilePlan.Piece.Here(FilePlan.Leaf leaf) -> local(leaf, gathering);
        case FilePlan.Piece.Awaited(FilePlan.Leaf leaf) ->
            write(leaf, fetch(leaf, gathering), gathering);
      }
      plan.taken();
      if (plan.next().isEmpty()) {
        gathering.flush();
      }
      plan.advance(window.getAsLong());
    }
    gathering.flush();
  }

  private void local(FilePlan.Leaf leaf, Gathering target) throws IOException, FaultException {
    if (target.takesRanges()) {
      Optional<FileRange> range = here.range(leaf.cid());
      if (range.isPresent() && range.get().length() == leaf.size()) {
        int count = leaf.to() - leaf.from();
        localBytes.accept(count);
        target.range(new FileRange(range.get().file(), range.get().offset() + leaf.from(), count));
        return;
      }
    }
    Optional<Bytes> block = here.read(leaf.cid());
    if (block.isPresent()) {
      localBytes.accept(leaf.to() - leaf.from());
      write(leaf, block.get(), target);
    } else {
      write(leaf, fetch(leaf, target), target);
    }
  }

  private Bytes fetch(FilePlan.Leaf leaf, Gathering target) throws IOException, FaultException {
    if (!session.holds(leaf.cid())) {
      target.flush();
    }
    return session.load(leaf.cid());
  }

  private static void write(FilePlan.Leaf leaf, Bytes block, ByteTarget target)
      throws IOException, FaultException {
    FilePlan.requireSize(leaf.cid(), block.size(), leaf.size());
    block.slice(leaf.from(), leaf.to()).writeTo(target);
  }
}
