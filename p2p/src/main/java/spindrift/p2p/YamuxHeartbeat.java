package spindrift.p2p;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Watches over a connection: pings the other side, measures round trips, and ends a connection
 * whose other side gives no sign of life or takes nothing. One thread runs it; another tells it of
 * answers.
 */
final class YamuxHeartbeat {
  /**
   * Answers that a path's round trip is taken from; the shortest has the least of waiting in it.
   */
  private static final int REMEMBERED = 4;

  /** A peer that sends but answers no ping for so many times the patience is cut as well. */
  private static final int MOST_PATIENCE = 6;

  private static final long LONGEST_NAP = TimeUnit.SECONDS.toNanos(1);

  private final YamuxWriter writer;
  private final long pingEvery;
  private final long patience;
  private final long[] roundTrips = new long[REMEMBERED];
  private int measured;
  private int value;
  private boolean waiting;
  private long pingedAt;
  private long bytesInSeen;
  private long heardAt = System.nanoTime();
  private volatile long roundTripNanos;

  YamuxHeartbeat(YamuxWriter writer, Duration pingEvery, Duration patience) {
    this.writer = writer;
    this.pingEvery = pingEvery.toNanos();
    this.patience = patience.toNanos();
  }

  /** The shortest of the last few, in nanoseconds; 0 before the first. */
  long roundTripNanos() {
    return roundTripNanos;
  }

  /** The other side has answered a ping. */
  synchronized void answered(int answer) {
    if (waiting && answer == value) {
      waiting = false;
      roundTrips[measured % REMEMBERED] = Math.max(1, System.nanoTime() - pingedAt);
      measured++;
      long shortest = Long.MAX_VALUE;
      for (int i = 0; i < Math.min(measured, REMEMBERED); i++) {
        shortest = Math.min(shortest, roundTrips[i]);
      }
      roundTripNanos = shortest;
    }
  }

  /**
   * Looks after the connection, then sleeps for a little while.
   *
   * @param bytesIn all that came so far
   * @throws IOException when the other side is gone
   */
  void beat(long bytesIn) throws IOException {
    long now = System.nanoTime();
    look(now, bytesIn);
    if (pingIsDue(now)) {
      writer.overtake(YamuxFrame.PING, YamuxFrame.SYN, YamuxFrame.CONNECTION, value);
    }
    LockSupport.parkNanos(Math.min(LONGEST_NAP, Math.min(pingEvery, patience) / 4));
  }

  private synchronized void look(long now, long bytesIn) throws IOException {
    if (bytesIn != bytesInSeen) {
      bytesInSeen = bytesIn;
      heardAt = now;
    }
    if (writer.stuckFor() > patience) {
      throw new IOException("the other side reads nothing");
    }
    if (waiting
        && now - pingedAt > patience
        && (now - heardAt > patience || now - pingedAt > MOST_PATIENCE * patience)) {
      throw new IOException("the other side does not answer");
    }
  }

  private synchronized boolean pingIsDue(long now) {
    if (waiting || (value != 0 && now - pingedAt < pingEvery)) {
      return false;
    }
    value++;
    pingedAt = now;
    waiting = true;
    return true;
  }
}
