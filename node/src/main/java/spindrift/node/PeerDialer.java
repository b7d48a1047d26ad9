package spindrift.node;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import spindrift.base.FaultException;
import spindrift.p2p.Host;
import spindrift.p2p.HostListener;
import spindrift.p2p.Multiaddr;
import spindrift.p2p.PeerId;

/**
 * Keeps a host connected with the peers that its owner named, and with those that discovery finds.
 * A peer that cannot be reached is tried again after a pause that grows; one that was only found is
 * forgotten after some tries, until it is found again. Safe for use by several threads: what they
 * say goes through a queue to the one thread that the state belongs to.
 */
final class PeerDialer implements HostListener, AutoCloseable {
  private static final System.Logger LOG = System.getLogger(PeerDialer.class.getName());

  /** Ours: dials at once; an office that comes to work must not make a storm. */
  private static final int MAX_DIALS = 8;

  /** Ours: peers of the local network to stay connected with; a host has room for 200. */
  static final int MAX_FOUND = 100;

  /** Ours: addresses of one peer that are tried; a laptop with containers has a dozen. */
  private static final int MAX_ADDRESSES = 8;

  /** Ours: tries in a row, over about three minutes, until a peer that was found counts as gone. */
  private static final int MAX_FAILURES = 8;

  /** Ours: what is said and not heard yet; what is past it is found out by looking again. */
  private static final int MAX_EVENTS = 1024;

  private static final Duration DIAL_TIME = Duration.ofSeconds(8);
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

  /** Both sides find each other at once; the one with the larger id lets the other go first. */
  private static final Duration COURTESY = Duration.ofSeconds(2);

  /** How often a connection is looked at when nothing was heard of it. */
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(15);

  /** What the dialer is told. */
  private sealed interface Event {
    /** Discovery says where a peer may be. */
    record Found(PeerId peer, List<Multiaddr> addresses) implements Event {}

    record Lost(PeerId peer) implements Event {}

    record NetworkChanged() implements Event {}

    /** A dial has ended, with the peer or why not. */
    record Dialled(Target target, Optional<PeerId> peer, String why) implements Event {}

    /** Nothing but that there is something to see. */
    record Nudge() implements Event {}
  }

  /** Somebody to be connected with. */
  private static final class Target {
    private final String name;
    private final boolean named;
    private List<Multiaddr> addresses;
    private Optional<PeerId> peer;
    private int failures;
    private long due = System.nanoTime();
    private boolean dialling;

    Target(String name, boolean named, List<Multiaddr> addresses, Optional<PeerId> peer) {
      this.name = name;
      this.named = named;
      this.addresses = addresses;
      this.peer = peer;
    }
  }

  private final Host host;
  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>(MAX_EVENTS);

  /** The rest belongs to the thread of {@link #run}. */
  private final Map<String, Target> targets = new HashMap<>();

  private int dials;

  private volatile boolean closed;

  private PeerDialer(Host host, List<Multiaddr> named) {
    this.host = host;
    for (Multiaddr address : named) {
      String name = address.toString();
      targets.put(name, new Target(name, true, List.of(address), address.peer()));
    }
  }

  /** Starts to dial the peers that were named. The host outlives this. */
  static PeerDialer start(Host host, List<Multiaddr> named) {
    PeerDialer dialer = new PeerDialer(host, named);
    host.addListener(dialer);
    Thread.ofVirtual().name("peer-dialer").start(dialer::run);
    return dialer;
  }

  /** Discovery says where a peer may be. */
  void found(PeerId peer, List<Multiaddr> addresses) {
    if (!peer.equals(host.peerId()) && !addresses.isEmpty()) {
      tell(new Event.Found(peer, addresses.stream().limit(MAX_ADDRESSES).toList()));
    }
  }

  /** A network has come: whoever could not be reached is tried at once. */
  void networkChanged() {
    tell(new Event.NetworkChanged());
  }

  @Override
  public void disconnected(PeerId peer) {
    tell(new Event.Lost(peer));
  }

  private void tell(Event event) {
    if (!events.offer(event)) {
      LOG.log(Level.DEBUG, "passed-over event={0}", event);
    }
  }

  private void run() {
    try {
      while (!closed) {
        long wait = dialWhoeverIsDue();
        Event event = events.poll(wait, TimeUnit.NANOSECONDS);
        if (event != null) {
          hear(event);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Returns how long there is nothing more to do, in nanoseconds. */
  private long dialWhoeverIsDue() {
    long now = System.nanoTime();
    long wait = LOOK_AGAIN.toNanos();
    for (Target target : targets.values()) {
      if (target.dialling || dials == MAX_DIALS) {
        continue; // the end of a dial is an event
      }
      if (target.due - now <= 0) {
        if (target.peer.flatMap(host::peer).isPresent()) {
          target.due = now + LOOK_AGAIN.toNanos();
        } else {
          dial(target);
        }
      } else {
        wait = Math.min(wait, target.due - now);
      }
    }
    return wait;
  }

  private void hear(Event event) {
    switch (event) {
      case Event.Found found -> found(found);
      case Event.Lost lost -> lost(lost.peer());
      case Event.NetworkChanged _ -> tryAllAtOnce();
      case Event.Dialled dialled -> dialled(dialled);
      case Event.Nudge _ -> {}
    }
  }

  private void found(Event.Found found) {
    PeerId peer = found.peer();
    List<Multiaddr> addresses =
        found.addresses().stream().map(address -> address.withPeer(peer)).toList();
    Target target = targets.get(peer.toString());
    if (target == null) {
      if (targets.values().stream().filter(one -> !one.named).count() >= MAX_FOUND) {
        LOG.log(Level.DEBUG, "passed-over peer={0}", peer.brief());
        return;
      }
      target = new Target(peer.toString(), false, addresses, Optional.of(peer));
      if (host.peerId().compareTo(peer) > 0) {
        target.due += COURTESY.toNanos();
      }
      targets.put(target.name, target);
    }
    // Each network that both are on tells of its own addresses.
    target.addresses =
        Stream.concat(addresses.stream(), target.addresses.stream())
            .distinct()
            .limit(MAX_ADDRESSES)
            .toList();
    host.addAddresses(peer, addresses);
  }

  private void lost(PeerId peer) {
    for (Target target : targets.values()) {
      if (target.peer.equals(Optional.of(peer))) {
        target.due = System.nanoTime() + pause(target.failures);
      }
    }
  }

  private void tryAllAtOnce() {
    for (Target target : targets.values()) {
      target.failures = 0;
      target.due = System.nanoTime();
    }
  }

  private void dial(Target target) {
    dials++;
    target.dialling = true;
    List<Multiaddr> addresses = target.addresses;
    Thread.ofVirtual().name("dial-" + target.name).start(() -> dial(target, addresses));
  }

  private void dial(Target target, List<Multiaddr> addresses) {
    Optional<PeerId> reached = Optional.empty();
    String why = "";
    try {
      for (int i = 0; i < addresses.size() && reached.isEmpty(); i++) {
        try {
          reached = Optional.of(host.connect(addresses.get(i), DIAL_TIME));
        } catch (IOException | FaultException e) {
          why = String.valueOf(e.getMessage());
        }
      }
      boolean _ =
          events.offer(
              new Event.Dialled(target, reached, why), DIAL_TIME.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void dialled(Event.Dialled end) {
    Target target = end.target();
    dials--;
    target.dialling = false;
    if (end.peer().isPresent()) {
      target.peer = end.peer();
      target.failures = 0;
      // Soon, for it may be lost again by now, and that was told already.
      target.due = System.nanoTime() + FIRST_PAUSE.toNanos();
      return;
    }
    if (target.failures == 0) {
      LOG.log(
          target.named ? Level.WARNING : Level.DEBUG,
          "cannot reach-peer address={0} why={1}; it is tried again",
          target.name,
          end.why());
    }
    target.due = System.nanoTime() + pause(target.failures);
    target.failures++;
    if (!target.named && target.failures >= MAX_FAILURES) {
      targets.remove(target.name);
    }
  }

  /** Doubles with each failure, and differs from node to node. */
  private static long pause(int failures) {
    long pause = FIRST_PAUSE.toNanos() << Math.min(failures, MAX_FAILURES);
    long bounded = Math.min(LONGEST_PAUSE.toNanos(), pause);
    return bounded * ThreadLocalRandom.current().nextInt(75, 126) / 100;
  }

  /** Dials nobody any more; waits for nothing. */
  @Override
  public void close() {
    closed = true;
    tell(new Event.Nudge());
  }
}
