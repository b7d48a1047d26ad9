package spindrift.p2p;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import spindrift.base.ConfigException;

/** A socket that takes connections in. */
final class TcpListener implements AutoCloseable {
  private static final Logger LOG = System.getLogger(TcpListener.class.getName());

  /** Connections that the kernel keeps for us; more than come between two looks. */
  private static final int BACKLOG = 256;

  /** Ours: how long to wait when there are no file descriptors left, or the like. */
  private static final long PAUSE_MILLIS = 100;

  private final ServerSocketChannel channel;
  private final List<InetSocketAddress> bound;
  private final CountDownLatch closed = new CountDownLatch(1);

  private TcpListener(ServerSocketChannel channel, List<InetSocketAddress> bound) {
    this.channel = channel;
    this.bound = bound;
  }

  /**
   * Binds sockets for some addresses.
   *
   * <p>A socket for all IPv6 addresses takes IPv4 as well, since the JDK leaves it no choice; so
   * where both are wanted on one port there is one socket for the two.
   *
   * @throws ConfigException when one cannot be bound; then none is
   */
  static List<TcpListener> bind(List<Multiaddr> addresses) throws ConfigException {
    List<InetSocketAddress> wanted = new ArrayList<>();
    for (Multiaddr address : addresses) {
      wanted.add(endpoint(address));
    }
    List<TcpListener> listeners = new ArrayList<>();
    try {
      for (InetSocketAddress endpoint : wanted) {
        InetSocketAddress twin = twin(endpoint);
        if (twin.equals(endpoint) || !wanted.contains(twin)) {
          listeners.add(open(List.of(endpoint)));
        } else if (endpoint.getAddress() instanceof Inet6Address) {
          listeners.add(open(List.of(endpoint, twin)));
        }
      }
      return listeners;
    } catch (ConfigException e) {
      listeners.forEach(TcpListener::close);
      throw e;
    }
  }

  private static InetSocketAddress endpoint(Multiaddr address) throws ConfigException {
    InetAddress host =
        TcpAddress.literal(address)
            .orElseThrow(
                () ->
                    new ConfigException(
                        "listen",
                        address.toString(),
                        "must be /ip4/…/tcp/PORT or /ip6/…/tcp/PORT"));
    return new InetSocketAddress(host, address.tcp().orElseThrow().port());
  }

  /** The wildcard of the other family on the same port; itself where there is no such thing. */
  private static InetSocketAddress twin(InetSocketAddress endpoint) {
    if (endpoint.getPort() == 0 || !endpoint.getAddress().isAnyLocalAddress()) {
      return endpoint;
    }
    boolean four = endpoint.getAddress() instanceof Inet4Address;
    return new InetSocketAddress(
        InetAddress.ofLiteral(four ? "::" : "0.0.0.0"), endpoint.getPort());
  }

  /** Binds a socket to the first of some endpoints, which takes in what comes for any of them. */
  private static TcpListener open(List<InetSocketAddress> endpoints) throws ConfigException {
    InetSocketAddress first = endpoints.getFirst();
    try {
      ServerSocketChannel channel =
          first.getAddress() instanceof Inet4Address
              ? ServerSocketChannel.open(StandardProtocolFamily.INET)
              : ServerSocketChannel.open();
      try {
        channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        channel.bind(first, BACKLOG);
        int port = ((InetSocketAddress) channel.getLocalAddress()).getPort();
        return new TcpListener(
            channel,
            endpoints.stream().map(e -> new InetSocketAddress(e.getAddress(), port)).toList());
      } catch (IOException e) {
        channel.close();
        throw e;
      }
    } catch (IOException e) {
      throw new ConfigException(
          "listen", TcpAddress.of(first).toString(), String.valueOf(e.getMessage()));
    }
  }

  /**
   * Where it can be reached.
   *
   * @param machine the addresses of this machine that are of interest
   */
  List<Multiaddr> addresses(List<InetAddress> machine) {
    return bound.stream()
        .flatMap(endpoint -> TcpAddress.reachable(endpoint, machine).stream())
        .distinct()
        .toList();
  }

  /** Takes connections in until this is closed. Whoever is given one closes it. */
  void run(Consumer<SocketChannel> taker) {
    boolean failing = false;
    while (closed.getCount() > 0) {
      try {
        taker.accept(channel.accept());
        failing = false;
      } catch (ClosedChannelException e) {
        return;
      } catch (IOException e) {
        // Mostly no file descriptors are left. They come back, and so must we.
        Level level = failing ? Level.DEBUG : Level.WARNING;
        LOG.log(level, "cannot accept address={0} reason={1}", bound.getFirst(), e);
        failing = true;
        pause();
      }
    }
  }

  private void pause() {
    try {
      boolean ignored = closed.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      close();
    }
  }

  @Override
  public void close() {
    closed.countDown();
    try {
      channel.close();
    } catch (IOException e) {
      // It takes no more either way.
      LOG.log(Level.DEBUG, "cannot close address={0} reason={1}", bound.getFirst(), e);
    }
  }
}
