package spindrift.substitute;

import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import spindrift.base.ByteTarget;
import spindrift.base.FaultException;
import spindrift.exchange.FetchSession;
import spindrift.ipld.Cid;
import spindrift.nix.NarInfo;
import spindrift.p2p.PeerId;

/** The blocks of a NAR view: those here, and those that peers or gateways give. */
final class ViewSource implements NarSource {
  /** Memory for nodes beside the window of leaves. */
  private static final long NODE_BYTES = 2 * FilePlan.MAX_NODE_BYTES_AHEAD;

  private final Supply supply;
  private final NarInfo info;
  private final Cid view;
  private final Verdicts.Trust trust;
  private final Blocks blocks;
  private final RunningTransfer transfer;
  private Optional<WindowBudget.Lease> given = Optional.empty();
  private Optional<FetchSession> open = Optional.empty();
  private boolean aborted;

  /** Where blocks come from that are not here. */
  sealed interface Blocks {
    /** From these peers. */
    record From(List<PeerId> peers) implements Blocks {}

    /** From these peers, by a session with others' blocks, for which a small NAR need not wait. */
    record Shared(List<PeerId> peers, IdleSession session) implements Blocks {}

    /** From gateways. */
    record Gateways(List<spindrift.ipld.BlockSource> sources) implements Blocks {}
  }

  ViewSource(
      Supply supply,
      NarInfo info,
      SourceFinder.Source source,
      Verdicts.Trust trust,
      Blocks blocks,
      RunningTransfer transfer) {
    this.supply = supply;
    this.info = info;
    this.view = source.view();
    this.trust = trust;
    this.blocks = blocks;
    this.transfer = transfer;
  }

  @Override
  public String name() {
    List<PeerId> peers = peers();
    return switch (peers.size()) {
      case 0 -> "gateway";
      case 1 -> peers.getFirst().toString();
      default -> peers.size() + " peers";
    };
  }

  /** Has it use memory that its user gives back, in place of its own. To be called before it is. */
  void use(WindowBudget.Lease window) {
    given = Optional.of(window);
  }

  List<PeerId> peers() {
    return switch (blocks) {
      case Blocks.From(List<PeerId> peers) -> peers;
      case Blocks.Shared(List<PeerId> peers, IdleSession _) -> peers;
      case Blocks.Gateways _ -> List.of();
    };
  }

  @Override
  public Origin.View origin() {
    return new Origin.View(view);
  }

  @Override
  public Verdicts.Trust trust() {
    return trust;
  }

  @Override
  public List<String> healthNames() {
    return peers().stream().map(PeerId::toString).toList();
  }

  @Override
  public OptionalLong usualRate() {
    return healthNames().stream()
        .flatMap(name -> supply.health().usualRate(name).stream().boxed())
        .mapToLong(Long::longValue)
        .max();
  }

  @Override
  public boolean isSeekable() {
    return true;
  }

  @Override
  public void deliver(ByteTarget target, long from, long to) throws IOException, FaultException {
    FileSpan span = new FileSpan(view, supply.index().root(view), info.narSize(), from, to);
    switch (blocks) {
      case Blocks.From(List<PeerId> peers) -> deliver(span, peers, target);
      case Blocks.Shared(List<PeerId> peers, IdleSession session) -> {
        SourceMeter meter = new SourceMeter(peers.getFirst().toString());
        transfer.uses(meter);
        try (IdleSession.Use use = session.use(peers);
            Invitations.Invitation _ = invite(use.session(), use.session().peers())) {
          long localBefore = transfer.localBytes();
          read(span, use.session(), span.to() - span.from(), target);
          // Several peers sent it for many NARs together: the first stands for all.
          meter.came(to - from - (transfer.localBytes() - localBefore));
        } finally {
          transfer.usedEnough(meter);
        }
      }
      case Blocks.Gateways(var gateways) -> {
        SourceMeter meter = new SourceMeter("gateway");
        transfer.uses(meter);
        try (GatewaySession session = new GatewaySession(gateways, meter)) {
          opened(session);
          read(span, session, GatewaySession.WINDOW_BYTES, target);
        } finally {
          transfer.usedEnough(meter);
        }
      }
    }
  }

  private void deliver(FileSpan span, List<PeerId> peers, ByteTarget target)
      throws IOException, FaultException {
    if (given.isPresent()) {
      deliver(span, peers, given.get(), target);
      return;
    }
    long rest = span.to() - span.from();
    try (WindowBudget.Lease own = supply.windows().lease(rest, supply.settings().patience())) {
      deliver(span, peers, own, target);
    }
  }

  private void deliver(
      FileSpan span, List<PeerId> peers, WindowBudget.Lease window, ByteTarget target)
      throws IOException, FaultException {
    try (FetchSession session = supply.peers().session(peers);
        Invitations.Invitation _ = invite(session, peers)) {
      opened(session);
      session.holdAtMost(window.wanted() + NODE_BYTES);
      RunningTransfer.Meter meter = () -> sources(session.shares());
      transfer.uses(meter);
      try {
        new AheadReader(span, here(), session, window::bytes, transfer::hadLocally).writeTo(target);
      } finally {
        transfer.usedEnough(meter);
        session.shares().forEach(this::count);
      }
    }
  }

  private Invitations.Invitation invite(FetchSession session, List<PeerId> members) {
    return supply.invitations().invite(info, view, session, members);
  }

  private void read(FileSpan span, FetchSession session, long window, ByteTarget target)
      throws IOException, FaultException {
    new AheadReader(span, here(), session, () -> window, transfer::hadLocally).writeTo(target);
  }

  /** Nothing, where it has to become clear who was wrong. */
  private LocalBlocks here() {
    return switch (trust) {
      case PROVED, UNTRIED -> LocalBlocks.of(supply.blocks());
      case DOUBTED, DISTRUSTED, FALSE -> LocalBlocks.NONE;
    };
  }

  private static List<Transfer.Source> sources(Collection<FetchSession.PeerShare> shares) {
    return shares.stream()
        .map(
            share ->
                new Transfer.Source(share.peer().toString(), share.bytes(), share.bytesPerSecond()))
        .toList();
  }

  private void count(FetchSession.PeerShare share) {
    if (share.bytes() > 0 && share.bytesPerSecond() > 0) {
      Duration took =
          Duration.ofNanos((long) (share.bytes() / (double) share.bytesPerSecond() * 1e9));
      supply.health().transferred(share.peer().toString(), share.bytes(), took);
    }
  }

  private synchronized void opened(FetchSession session) throws IOException {
    if (aborted) {
      throw new IOException("aborted");
    }
    open = Optional.of(session);
  }

  @Override
  public synchronized void abort() {
    aborted = true;
    open.ifPresent(FetchSession::close);
  }
}
