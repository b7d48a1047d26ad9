package spindrift.p2p;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import spindrift.base.MalformedDataException;

/**
 * Finds peers on the local networks of this machine, and is found by them: multicast DNS as libp2p
 * specifies it. Networks may come and go. Whoever started it closes it.
 *
 * <p>Nothing that is found is proved: packets may lie. A peer proves who it is when it is dialled.
 *
 * @see <a href="https://github.com/libp2p/specs/blob/7740c07/discovery/mdns.md">libp2p mDNS</a>
 */
public final class Mdns implements AutoCloseable {
  /** Is told of peers. */
  @FunctionalInterface
  public interface Listener {
    /**
     * A peer may be at some addresses. Called again for the same peer every now and then, on
     * several threads; must not block.
     *
     * @param addresses of TCP, with IP addresses of this network, link-local or private; at least
     *     one; without the peer at the end
     */
    void found(PeerId peer, List<Multiaddr> addresses);
  }

  private static final Logger LOG = System.getLogger(Mdns.class.getName());

  /** Ours: how soon a network that has come is noticed. */
  private static final Duration LOOK_FOR_NETWORKS = Duration.ofSeconds(2);

  /** Ours: packets of one network that are read; the rest of a flood is dropped unread. */
  private static final int PACKETS_PER_SECOND = 200;

  /** Ours: answers of one network to single machines. */
  private static final int UNICASTS_PER_SECOND = 20;

  private final MdnsService service;
  private final Supplier<List<Multiaddr>> listening;
  private final Listener listener;
  private final MdnsPeers peers = new MdnsPeers(System::nanoTime);

  /** Under the lock of this object. */
  private final Map<MdnsNetwork, Joined> joined = new HashMap<>();

  private boolean closed;

  /** A network, and what is due on it. */
  private record Joined(
      MdnsLink link, MdnsTimetable timetable, RateLimit packets, RateLimit unicasts) {
    static Joined to(MdnsLink link) {
      return new Joined(
          link,
          new MdnsTimetable(System.nanoTime()),
          new RateLimit(PACKETS_PER_SECOND, PACKETS_PER_SECOND),
          new RateLimit(UNICASTS_PER_SECOND, UNICASTS_PER_SECOND));
    }
  }

  private Mdns(PeerId self, Supplier<List<Multiaddr>> listening, Listener listener) {
    this.service = new MdnsService(self);
    this.listening = listening;
    this.listener = listener;
  }

  /**
   * Starts to ask and to answer. Where there is no network it waits for one.
   *
   * @param self is not found
   * @param listening where {@code self} can be reached now; each network is told of those of its
   *     own addresses, with TCP, and never of loopback
   */
  public static Mdns start(PeerId self, Supplier<List<Multiaddr>> listening, Listener listener) {
    Mdns mdns = new Mdns(self, listening, listener);
    Thread.ofVirtual().name("mdns").start(mdns::run);
    return mdns;
  }

  private void run() {
    try {
      long lookAt = System.nanoTime();
      while (true) {
        long now = System.nanoTime();
        if (lookAt - now <= 0) {
          look();
          lookAt = now + LOOK_FOR_NETWORKS.toNanos();
        }
        List<Joined> all;
        synchronized (this) {
          all = List.copyOf(joined.values());
        }
        all.forEach(this::askAndAnswer);
        synchronized (this) {
          if (closed) {
            return;
          }
          wait(MdnsTimetable.millis(System.nanoTime(), next(lookAt)));
        }
      }
    } catch (InterruptedException e) {
      // Nobody has this thread to interrupt it.
      Thread.currentThread().interrupt();
    }
  }

  /** The first time at which something is due; under the lock. */
  private long next(long lookAt) {
    long next = lookAt;
    for (Joined one : joined.values()) {
      long due = one.timetable().next();
      next = due - next < 0 ? due : next;
    }
    return next;
  }

  /** Joins networks that have come, and leaves those that are gone or have other addresses now. */
  private void look() {
    List<MdnsNetwork> present;
    try {
      present = MdnsNetwork.present();
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "keep networks reason={0}", e.getMessage());
      return;
    }
    synchronized (this) {
      joined
          .values()
          .removeIf(
              one -> {
                boolean gone = !one.link().isOpen() || !present.contains(one.link().network());
                if (gone) {
                  one.link().close();
                }
                return gone;
              });
      present.removeIf(joined::containsKey);
    }
    present.forEach(this::join);
  }

  private void join(MdnsNetwork network) {
    MdnsLink link;
    try {
      link = MdnsLink.open(network);
    } catch (IOException e) {
      LOG.log(
          Level.DEBUG,
          "skip network={0} family={1} reason={2}",
          network.name(),
          network.family(),
          e);
      return;
    }
    Joined one = Joined.to(link);
    synchronized (this) {
      if (closed) {
        link.close();
        return;
      }
      joined.put(network, one);
    }
    peers.forget();
    LOG.log(Level.DEBUG, "join network={0} family={1}", network.name(), network.family());
    Thread.ofVirtual().name("mdns-" + network.name()).start(() -> receive(one));
  }

  private void askAndAnswer(Joined one) {
    long now = System.nanoTime();
    boolean asks;
    List<DnsMessage.Question> questions;
    synchronized (this) {
      asks = one.timetable().asks(now);
      questions = one.timetable().answers(now);
    }
    try {
      if (asks) {
        one.link().send(MdnsService.QUERY);
      }
      if (!questions.isEmpty()) {
        Optional<DnsMessage> answer = service.answer(questions, ownAddresses(one));
        if (answer.isPresent()) {
          one.link().send(answer.get());
        }
      }
    } catch (IOException e) {
      // The network may be about to go; another look will tell.
      LOG.log(Level.DEBUG, "not sent network={0} reason={1}", one.link().network().name(), e);
    }
  }

  private List<Multiaddr> ownAddresses(Joined one) {
    return one.link().network().ownAddresses(listening.get());
  }

  private void receive(Joined one) {
    try (MdnsLink link = one.link()) {
      while (true) {
        MdnsLink.Packet packet = link.receive();
        boolean heeded =
            one.packets().tryTake() && link.network().isNeighbour(packet.source().getAddress());
        if (heeded) {
          take(one, packet);
        }
      }
    } catch (IOException e) {
      // Closed by us, or the network is gone; it is joined again if it is not.
      LOG.log(Level.DEBUG, "leave network={0} reason={1}", one.link().network().name(), e);
    }
  }

  private void take(Joined one, MdnsLink.Packet packet) throws IOException {
    DnsMessage message;
    try {
      message = DnsMessage.read(packet.bytes());
    } catch (MalformedDataException e) {
      LOG.log(Level.DEBUG, "drop packet source={0} reason={1}", packet.source(), e.rule());
      return;
    }
    switch (message.kind()) {
      case QUERY -> takeQuery(one, message, packet);
      case RESPONSE -> takeResponse(one, message, packet.source().getAddress());
    }
  }

  private void takeQuery(Joined one, DnsMessage query, MdnsLink.Packet packet) throws IOException {
    List<DnsMessage.Question> own = query.questions().stream().filter(service::concerns).toList();
    if (own.isEmpty()) {
      return;
    }
    // Simple resolvers ask from a port of their own, and cannot hear what goes to all.
    boolean simple = packet.source().getPort() != MdnsLink.PORT;
    if (simple || own.stream().allMatch(question -> question.reply() == DnsMessage.Reply.UNICAST)) {
      Optional<DnsMessage> answer = service.answer(own, ownAddresses(one));
      if (answer.isPresent() && one.unicasts().tryTake()) {
        one.link().send(simple ? answer.get().inReplyTo(query) : answer.get(), packet.source());
      }
      return;
    }
    synchronized (this) {
      one.timetable().answerSoon(own);
      notifyAll();
    }
  }

  private void takeResponse(Joined one, DnsMessage response, InetAddress source) {
    Map<PeerId, List<Multiaddr>> found = service.peers(response);
    found.forEach(
        (peer, named) -> {
          List<Multiaddr> addresses = new ArrayList<>();
          for (Multiaddr address : named) {
            one.link().network().reachable(address, source).ifPresent(addresses::add);
          }
          if (!addresses.isEmpty() && peers.isNews(peer, addresses, source)) {
            LOG.log(Level.DEBUG, "found peer={0} addresses={1}", peer.brief(), addresses.size());
            listener.found(peer, List.copyOf(addresses));
          }
        });
  }

  /** Says goodbye and ends. Never waits. */
  @Override
  public void close() {
    List<Joined> all;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      all = List.copyOf(joined.values());
      joined.clear();
      notifyAll();
    }
    for (Joined one : all) {
      try (MdnsLink link = one.link()) {
        Optional<DnsMessage> goodbye = service.goodbye(ownAddresses(one));
        if (goodbye.isPresent()) {
          link.send(goodbye.get());
        }
      } catch (IOException e) {
        LOG.log(Level.DEBUG, "no goodbye network={0}", one.link().network().name());
      }
    }
  }
}
