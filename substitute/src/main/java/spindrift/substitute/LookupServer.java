package spindrift.substitute;

import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.blocks.BlockReader;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;
import spindrift.p2p.P2pStream;
import spindrift.p2p.StreamHandler;
import spindrift.substitute.AnswerMessage.End;
import spindrift.substitute.ClosureOrder.Ordered;
import spindrift.substitute.IndexQueue.Demand;
import spindrift.substitute.IndexQueue.Item;
import spindrift.substitute.LookupRequest.Scope;
import spindrift.substitute.PublicObjects.PublicObject;

/**
 * Answers peers that look store objects up, one request a stream; see {@code
 * docs/protocols/lookup.md}. Of private objects nothing is told, not even by the time that an
 * answer takes. Safe for use by several threads.
 */
public final class LookupServer implements StreamHandler {
  /** Ours: the largest request takes a second on a slow line. */
  private static final Duration REQUEST_TIME = Duration.ofSeconds(10);

  /** Ours: how long a peer may let a write of ours wait; an answer is some 30 of them. */
  private static final Duration STALL_TIME = Duration.ofSeconds(10);

  /** Ours: in keys, beside its own; to try the names of a large store takes tenths of a second. */
  private static final int FLAT_HASH_COST = 2047;

  private final StoreDir storeDir;
  private final PublicObjects objects;
  private final BlockReader blocks;
  private final BackgroundIndexer indexer;
  private final AskingBudget budget = new AskingBudget(System::nanoTime);

  /**
   * @param indexer computes views that are not known yet
   */
  public LookupServer(
      StoreDir storeDir, PublicObjects objects, BlockReader blocks, BackgroundIndexer indexer) {
    this.storeDir = storeDir;
    this.objects = objects;
    this.blocks = blocks;
    this.indexer = indexer;
  }

  @Override
  public void handle(P2pStream stream) throws IOException, FaultException, InterruptedException {
    AnswerWriter out = new AnswerWriter(stream.out(), blocks);
    Optional<AskingBudget.Ticket> entered = budget.enter(stream.peer());
    if (entered.isEmpty()) {
      out.end(End.BUSY);
      return;
    }
    try (AskingBudget.Ticket ticket = entered.get()) {
      RequestMessage request = read(stream);
      stream.timeout(STALL_TIME);
      if (ticket.takeKeys(cost(request.request()))) {
        new Answering(request, ticket, out).answer();
      } else {
        out.end(End.BUSY);
      }
    }
  }

  private static int cost(LookupRequest request) {
    return request.keys().size() + request.flatHashes() * FLAT_HASH_COST;
  }

  private static RequestMessage read(P2pStream stream) throws IOException, FaultException {
    Optional<Bytes> message =
        MessageStream.read(
            new DeadlineInput(stream, REQUEST_TIME), RequestMessage.MAX_BYTES, "look-up request");
    return RequestMessage.decode(
        message.orElseThrow(() -> new EOFException("stream without a request")));
  }

  /** One request. */
  private final class Answering {
    private final long start = System.nanoTime();
    private final RequestMessage message;
    private final LookupRequest request;
    private final AskingBudget.Ticket ticket;
    private final AnswerWriter out;
    private final List<Integer> absent = new ArrayList<>();
    private final List<Item> withoutViews = new ArrayList<>();

    Answering(RequestMessage message, AskingBudget.Ticket ticket, AnswerWriter out) {
      this.message = message;
      this.request = message.request();
      this.ticket = ticket;
      this.out = out;
    }

    void answer() throws IOException, FaultException, InterruptedException {
      Set<StorePath> found = find();
      Ordered ordered =
          request.scope() == Scope.CLOSURES
              ? ClosureOrder.of(objects, found, LookupAnswer.MAX_OBJECTS)
              : new Ordered(found, false);
      ticket.count(ordered.paths().size() - found.size());
      boolean all = tell(ordered);
      tellAbsent();
      awaitViews();
      out.end(all ? End.COMPLETE : End.CUT);
    }

    private Set<StorePath> find() throws IOException, FaultException {
      Set<StorePath> found = new LinkedHashSet<>();
      for (int i = 0; i < request.keys().size(); i++) {
        Optional<PublicObject> object = find(request.keys().get(i));
        if (object.isPresent()) {
          found.add(object.get().path());
        } else {
          absent.add(i);
        }
      }
      return found;
    }

    private Optional<PublicObject> find(LookupRequest.Key key) throws IOException, FaultException {
      if (!message.storeDir().equals(storeDir.path())) {
        return Optional.empty();
      }
      return switch (key) {
        case LookupRequest.Key.HashPart part -> objects.find(part.text());
        case LookupRequest.Key.NarHash nar -> objects.find(nar.hash());
        case LookupRequest.Key.FlatHash flat -> objects.find(flat);
      };
    }

    /** Tells of objects; false where not all fit in. */
    private boolean tell(Ordered ordered) throws IOException, FaultException {
      boolean all = !ordered.cut();
      for (StorePath path : ordered.paths()) {
        Optional<PublicObject> object = objects.find(path);
        if (object.isEmpty()) {
          continue; // gone a moment ago
        }
        if (!out.object(object.get())) {
          all = false;
          break;
        }
        if (object.get().views().isEmpty()) {
          withoutViews.add(new Item(path, object.get().narSize()));
        }
      }
      out.flush();
      return all;
    }

    /** At a time that says nothing of what it took to find out. */
    private void tellAbsent() throws IOException, InterruptedException {
      if (absent.isEmpty()) {
        return;
      }
      EvenTime.await(start);
      out.absent(absent);
    }

    private void awaitViews() throws IOException, FaultException, InterruptedException {
      int wanted = request.viewsWithin().isZero() ? 0 : ticket.takeWanted(withoutViews.size());
      indexer.offer(withoutViews.subList(wanted, withoutViews.size()));
      long until = System.nanoTime() + request.viewsWithin().toNanos();
      try (Demand demand = indexer.demand(withoutViews.subList(0, wanted))) {
        for (Optional<StorePath> done = demand.next(left(until));
            done.isPresent();
            done = demand.next(left(until))) {
          Optional<PublicObject> object = objects.find(done.get());
          if (object.isPresent()) {
            out.views(object.get());
            out.flush();
          }
        }
      }
    }

    private Duration left(long until) {
      return Duration.ofNanos(Math.max(0, until - System.nanoTime()));
    }
  }
}
