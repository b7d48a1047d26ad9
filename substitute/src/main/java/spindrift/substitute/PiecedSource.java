package spindrift.substitute;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BiConsumer;
import spindrift.base.ByteTarget;
import spindrift.base.FaultException;

/**
 * Several sources that bring pieces of a large NAR at the same time; they are put together in
 * order. Who fails is asked no more, and its piece goes to another.
 */
final class PiecedSource implements NarSource {
  private static final System.Logger LOG = System.getLogger(PiecedSource.class.getName());

  /** Ours: for less it is not worth its while to look for others. */
  static final long LEAST_BYTES = 16L << 20;

  /** Ours: each brings several pieces of those that are in memory. */
  static final int MOST_SOURCES = 4;

  private final List<NarSource> members;
  private final BiConsumer<NarSource, Exception> whenLost;
  private final WindowBudget.Lease window;
  private Optional<Pieces> open = Optional.empty();
  private boolean aborted;

  /**
   * @param members two or more, which may be read from any byte on; the first stands for all where
   *     one is enough
   * @param window memory for pieces, which is given back when this ends
   * @param whenLost is told which of them failed, by any thread
   */
  PiecedSource(
      List<NarSource> members,
      WindowBudget.Lease window,
      BiConsumer<NarSource, Exception> whenLost) {
    this.members = List.copyOf(members);
    this.whenLost = whenLost;
    this.window = window;
  }

  private NarSource first() {
    return members.getFirst();
  }

  @Override
  public String name() {
    return first().name();
  }

  @Override
  public Origin origin() {
    return first().origin();
  }

  @Override
  public List<NarSource> members() {
    return members;
  }

  @Override
  public Verdicts.Trust trust() {
    return first().trust();
  }

  @Override
  public List<String> healthNames() {
    return first().healthNames();
  }

  @Override
  public OptionalLong usualRate() {
    return first().usualRate();
  }

  @Override
  public boolean isSeekable() {
    return true;
  }

  @Override
  public void deliver(ByteTarget target, long from, long to) throws IOException, FaultException {
    try (window) {
      Pieces pieces = new Pieces(from, to, members.size(), window.bytes());
      opened(pieces);
      for (NarSource member : members) {
        Thread.ofVirtual().name("pieces " + member.name()).start(() -> bring(member, pieces));
      }
      pieces.writeTo(target);
    } finally {
      abort();
    }
  }

  private synchronized void opened(Pieces pieces) throws IOException {
    if (aborted) {
      throw new IOException("aborted");
    }
    open = Optional.of(pieces);
  }

  private void bring(NarSource source, Pieces pieces) {
    try {
      for (Pieces.Attempt next = pieces.take(); next != null; next = pieces.take()) {
        bring(source, pieces, next);
      }
    } catch (IOException | FaultException | RuntimeException e) {
      if (!pieces.lostWorker(e)) {
        return; // it was cut off
      }
      LOG.log(Level.DEBUG, "lost source={0} of several why={1}", source.name(), e.getMessage());
      whenLost.accept(source, e);
    }
  }

  private static void bring(NarSource source, Pieces pieces, Pieces.Attempt attempt)
      throws IOException, FaultException {
    try {
      source.deliver(attempt, attempt.from(), attempt.to());
    } catch (Pieces.OvertakenException e) {
      LOG.log(Level.DEBUG, "overtaken source={0} at={1}", source.name(), attempt.from());
    } finally {
      pieces.ends(attempt);
    }
  }

  @Override
  public synchronized void abort() {
    aborted = true;
    open.ifPresent(Pieces::close);
    members.forEach(NarSource::abort);
  }
}
