package spindrift.fuse;

/** What a thread needs to answer requests, one at a time, and which one that is just now. */
final class Workspace {
  private final Outbox out = new Outbox();
  private final ContentReply content = new ContentReply();
  private long serving;
  private int asker;
  private boolean interrupted;

  Outbox out() {
    return out;
  }

  ContentReply content() {
    return content;
  }

  /** From now on the owner serves a request of a thread of some process. */
  synchronized void begin(long unique, int thread) {
    serving = unique;
    asker = thread;
    interrupted = false;
  }

  /** The thread that waits for the request that is served now; 0 where we cannot see it. */
  synchronized int asker() {
    return asker;
  }

  /** The owner is done with its request; answers whether that was interrupted meanwhile. */
  synchronized boolean end() {
    serving = 0;
    return interrupted;
  }

  /** Interrupts the request that the owner serves now; answers whether it is this one. */
  synchronized boolean interrupt(long unique) {
    interrupted |= serving == unique;
    return serving == unique;
  }
}
