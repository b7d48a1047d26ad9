package spindrift.server;

import java.time.Duration;

/**
 * The clock of one connection: tells whether the client has kept the server waiting for too long.
 * Time that the server itself takes never counts. Written by the connection's thread, read by the
 * reaper.
 */
final class Watch {
  private final long keepAliveNanos;
  private final long headNanos;
  private final long stallNanos;

  /** When the wait that is under way began, if {@code waiting}. */
  private volatile long since;

  private volatile boolean waiting;
  private volatile Phase phase = Phase.IDLE;

  /** When the first byte of the current request came. */
  private volatile long headSince;

  /** What the connection is doing. */
  enum Phase {
    /** Between two requests. */
    IDLE,
    /** In a request line or its headers. */
    HEAD,
    /** In a request's handler, its request body or its response. */
    EXCHANGE
  }

  Watch(HttpSettings settings) {
    this.keepAliveNanos = settings.keepAlive().toNanos();
    this.headNanos = settings.headTime().toNanos();
    this.stallNanos = settings.stallTime().toNanos();
  }

  Phase phase() {
    return phase;
  }

  void enter(Phase next) {
    if (next == Phase.HEAD) {
      headSince = System.nanoTime();
    }
    phase = next;
  }

  /** The server now waits for the client. */
  void begin() {
    since = System.nanoTime();
    waiting = true;
  }

  /** The client did something. */
  void end() {
    waiting = false;
  }

  /** How long past its time the client is at {@code now}, a reading of the nano clock; or zero. */
  Duration overdue(long now) {
    long excess =
        switch (phase) {
          case IDLE -> waiting ? now - since - keepAliveNanos : 0;
          case HEAD -> now - headSince - headNanos;
          case EXCHANGE -> waiting ? now - since - stallNanos : 0;
        };
    return excess > 0 ? Duration.ofNanos(excess) : Duration.ZERO;
  }
}
