package spindrift.p2p;

import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Keeps what a host tells its listeners, as short texts. */
final class RecordedEvents implements HostListener {
  private final BlockingQueue<String> events = new LinkedBlockingQueue<>();

  @Override
  public void connected(PeerInfo peer) {
    events.add("connected " + peer.id().brief());
  }

  @Override
  public void changed(PeerInfo peer) {
    events.add("changed " + peer.id().brief());
  }

  @Override
  public void disconnected(PeerId peer) {
    events.add("disconnected " + peer.brief());
  }

  /** Takes the next event, if there is one by now. */
  Optional<String> next() {
    return Optional.ofNullable(events.poll());
  }

  /** Takes the next event, which has to be this one. */
  void await(String wanted) throws InterruptedException {
    String event = events.poll(30, TimeUnit.SECONDS);
    if (!wanted.equals(event)) {
      throw new AssertionError("not " + wanted + " but " + event);
    }
  }
}
