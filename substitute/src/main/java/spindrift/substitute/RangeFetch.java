package spindrift.substitute;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.Optional;
import spindrift.base.ByteTarget;
import spindrift.base.FaultException;
import spindrift.nix.NarInfo;
import spindrift.substitute.SourceFinder.Need;
import spindrift.substitute.SourceFinder.Source;

/**
 * Reads a range of a NAR from peers, by a view that was proved before, and nothing else of it. For
 * one thread.
 */
final class RangeFetch {
  private static final System.Logger LOG = System.getLogger(RangeFetch.class.getName());

  private final Supply supply;
  private final NarInfo info;
  private final SourceFinder sources;

  RangeFetch(Supply supply, NarInfo info) {
    this.supply = supply;
    this.info = info;
    this.sources = new SourceFinder(supply, info);
  }

  /** Counts what passes. */
  private static final class Progress implements ByteTarget {
    private final ByteTarget target;
    private final RunningTransfer transfer;
    private long position;

    Progress(ByteTarget target, RunningTransfer transfer, long position) {
      this.target = target;
      this.transfer = transfer;
      this.position = position;
    }

    @Override
    public void write(byte[] buffer, int from, int length) throws IOException {
      target.write(buffer, from, length);
      position += length;
      transfer.gave(length);
    }
  }

  /**
   * Writes the bytes from {@code from} (inclusive) to {@code to} (exclusive).
   *
   * @return false when it could not, having written a part at the most
   */
  boolean writeTo(ByteTarget target, long from, long to) throws IOException {
    Optional<Source> source = sources.best(Need.PART);
    if (source.isEmpty()) {
      return false;
    }
    RunningTransfer transfer = supply.transfers().begin(info.path(), info.narSize());
    Progress progress = new Progress(target, transfer, from);
    while (source.isPresent() && progress.position < to) {
      fetch(source.get(), progress, to);
      source = sources.best(Need.PART);
    }
    boolean isDone = progress.position == to;
    supply.transfers().end(transfer, isDone ? Transfer.State.DONE : Transfer.State.FAILED);
    return isDone;
  }

  private void fetch(Source source, Progress progress, long to) throws IOException {
    ViewSource view =
        new ViewSource(
            supply,
            info,
            source,
            Verdicts.Trust.PROVED,
            new ViewSource.Blocks.From(source.peers()),
            progress.transfer);
    try {
      view.deliver(progress, progress.position, to);
    } catch (FaultException e) {
      // Its peers are gone, have stalled or lack something.
      LOG.log(Level.DEBUG, "lost source path={0} why={1}", info.path(), e.getMessage());
      sources.failed(source);
    }
  }
}
