package spindrift.substitute;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.HashSet;
import java.util.Set;
import spindrift.base.AbsentException;
import spindrift.base.ByteTarget;
import spindrift.base.FaultException;
import spindrift.base.IntegrityException;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;
import spindrift.exchange.FetchSession;
import spindrift.ipld.Cid;
import spindrift.nix.NarInfo;
import spindrift.substitute.SourceFinder.Need;
import spindrift.substitute.SourceFinder.Source;

/**
 * Streams one NAR to one client from whichever peers have it: when a source fails, another goes on
 * at the same byte, since the bytes of a NAR are fixed by its hash. For one thread.
 *
 * <p>Unless the view was proved before, the whole NAR is fetched and hashed, whatever range of it
 * is wanted: a client that goes on where its connection broke must not get the rest of another NAR.
 */
final class NarFetch {
  private static final System.Logger LOG = System.getLogger(NarFetch.class.getName());

  /** Memory for nodes beside the window of leaves. */
  private static final long NODE_BYTES = 2 * FilePlan.MAX_NODE_BYTES_AHEAD;

  private final Supply supply;
  private final NarInfo info;
  private final RunningTransfer transfer;
  private final SourceFinder sources;
  private final Set<Cid> views = new HashSet<>();

  NarFetch(Supply supply, NarInfo info, RunningTransfer transfer) {
    this.supply = supply;
    this.info = info;
    this.transfer = transfer;
    this.sources = new SourceFinder(supply, info);
  }

  /** Counts what passes. */
  private final class Progress implements ByteTarget {
    private final ByteTarget target;
    private long position;

    Progress(ByteTarget target, long position) {
      this.target = target;
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
   * @throws AbsentException when peers do not have it, or not any more
   * @throws IntegrityException when what came was another NAR
   */
  void writeTo(ByteTarget target, long from, long to) throws IOException, FaultException {
    if (sources.best(Need.PART).isPresent()) {
      fetch(new Progress(target, from), to, Need.PART);
      return;
    }
    NarProof proof = supply.judge().proof(info, target, from, to);
    fetch(new Progress(proof, 0), info.narSize(), Need.WHOLE);
    supply.judge().judge(info, proof, views, transfer.localBytes());
  }

  private void fetch(Progress progress, long to, Need first) throws IOException, FaultException {
    Need need = first;
    while (progress.position < to) {
      long before = progress.position;
      Source source = sources.next(need);
      try {
        read(source, progress, to);
      } catch (AbsentException | IntegrityException e) {
        // Its peers are gone, have stalled or lack something: others may go on.
        giveUp(source, e);
      } catch (MalformedDataException | LimitExceededException e) {
        supply.judge().refute(info, source.view(), source.peers());
      }
      if (progress.position > before) {
        views.add(source.view());
        sources.succeeded();
        need = first == Need.PART ? Need.PART : Need.REST;
      }
    }
  }

  private <E extends FaultException> void giveUp(Source source, E reason) throws E {
    sources.failed(source);
    if (isDoubted(source)) {
      // Nobody goes on after it, or it would not be clear again who was wrong.
      supply.judge().verdicts().doubt(info.narHash(), source.view());
      throw reason;
    }
    LOG.log(
        Level.DEBUG,
        "lost source path={0} view={1} why={2}",
        info.path(),
        source.view(),
        reason.getMessage());
  }

  private boolean isDoubted(Source source) {
    return switch (sources.trust(source)) {
      case DOUBTED, DISTRUSTED -> true;
      case PROVED, UNTRIED, FALSE -> false;
    };
  }

  private void read(Source source, Progress progress, long to) throws IOException, FaultException {
    long rest = to - progress.position;
    FileSpan span =
        new FileSpan(
            source.view(),
            supply.index().root(source.view()),
            info.narSize(),
            progress.position,
            to);
    LocalBlocks here = isDoubted(source) ? LocalBlocks.NONE : LocalBlocks.of(supply.blocks());
    try (WindowBudget.Lease window = supply.windows().lease(rest, supply.settings().patience());
        FetchSession session = supply.peers().session(source.peers());
        Invitations.Invitation _ = invite(source, session)) {
      session.holdAtMost(window.wanted() + NODE_BYTES);
      transfer.uses(session);
      try {
        new AheadReader(span, here, session, window::bytes, transfer::hadLocally).writeTo(progress);
      } finally {
        transfer.usedEnough();
      }
    }
  }

  private Invitations.Invitation invite(Source source, FetchSession session) {
    return supply.invitations().invite(info, source.view(), session, source.peers());
  }
}
