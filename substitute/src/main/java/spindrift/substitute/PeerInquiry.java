package spindrift.substitute;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;
import spindrift.p2p.PeerId;

/** Something asked of all peers. Safe for use by several threads. */
final class PeerInquiry {
  private final LookupRequest.Key key;
  private final long era;
  private final long begun;
  private final CountDownLatch done = new CountDownLatch(1);
  private final Set<PeerId> awaited;
  private final Map<PeerId, Answer> answers = new HashMap<>();
  private final List<Runnable> news = new ArrayList<>();
  private volatile BooleanSupplier enough;

  /**
   * That a peer answered, whatever it said, or did not.
   *
   * @param failure empty where it answered
   */
  record Answer(Duration took, String failure) {}

  /**
   * @param era in which peers were asked
   * @param begun as the clock says
   * @param awaited all whose answers are waited for
   * @param enough whether no more has to be known
   */
  PeerInquiry(
      LookupRequest.Key key,
      long era,
      long begun,
      Collection<PeerId> awaited,
      BooleanSupplier enough) {
    this.key = key;
    this.era = era;
    this.begun = begun;
    this.awaited = new HashSet<>(awaited);
    this.enough = enough;
  }

  LookupRequest.Key key() {
    return key;
  }

  long era() {
    return era;
  }

  /** When it was asked, as the clock says. */
  long begun() {
    return begun;
  }

  /** Another one waits, who is told of answers and has a mind of its own when they are enough. */
  synchronized void join(BooleanSupplier changed, Runnable told) {
    enough = changed;
    news.add(told);
  }

  boolean isEnough() {
    return enough.getAsBoolean();
  }

  CountDownLatch done() {
    return done;
  }

  boolean isDone() {
    return done.getCount() == 0;
  }

  void end() {
    done.countDown();
    tell();
  }

  void tell() {
    List<Runnable> told;
    synchronized (this) {
      told = List.copyOf(news);
    }
    told.forEach(Runnable::run);
  }

  /**
   * Notes that a peer has answered, or that it did not.
   *
   * @param now as the clock says
   * @param failure empty where it answered
   */
  synchronized void answered(PeerId peer, long now, String failure) {
    awaited.remove(peer);
    answers.put(peer, new Answer(Duration.ofNanos(now - begun), failure));
  }

  /** Whether nobody is waited for. */
  synchronized boolean isComplete() {
    return awaited.isEmpty();
  }

  /** Whether all have answered. */
  synchronized boolean isAnswered() {
    return awaited.isEmpty()
        && answers.values().stream().allMatch(answer -> answer.failure.isEmpty());
  }

  synchronized Set<PeerId> awaited() {
    return Set.copyOf(awaited);
  }

  synchronized Map<PeerId, Answer> answers() {
    return Map.copyOf(answers);
  }
}
