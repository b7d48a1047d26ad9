package spindrift.exchange;

import java.time.Duration;
import spindrift.p2p.PeerId;

/** What one peer gave to one session. Guarded by the desk's lock. */
final class Share {
  private final PeerId peer;
  private long blocks;
  private long bytes;
  private int outstanding;
  private long busyNanos;
  private long busySince;

  Share(PeerId peer) {
    this.peer = peer;
  }

  void came(int size) {
    blocks++;
    bytes += size;
  }

  void asked(long now) {
    if (outstanding++ == 0) {
      busySince = now;
    }
  }

  void settled(long now) {
    if (--outstanding == 0) {
      busyNanos += now - busySince;
    }
  }

  FetchSession.PeerShare snapshot(long now) {
    long nanos = busyNanos + (outstanding > 0 ? now - busySince : 0);
    double seconds = nanos / (double) Duration.ofSeconds(1).toNanos();
    return new FetchSession.PeerShare(
        peer, blocks, bytes, seconds > 0 ? (long) (bytes / seconds) : 0);
  }
}
