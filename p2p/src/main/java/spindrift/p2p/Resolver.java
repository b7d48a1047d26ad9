package spindrift.p2p;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * Finds the IP addresses of names, within a deadline.
 *
 * <p>The JDK's look-up cannot be stopped and holds the thread that carries a virtual one; so it
 * gets platform threads of its own, and a look-up that is late is left behind.
 */
final class Resolver implements AutoCloseable {
  /** Ours: look-ups at a time; names are rare among addresses. */
  private static final int MAX_LOOKUPS = 4;

  /** Ours: look-ups that may wait for a thread. */
  private static final int MAX_WAITING = 64;

  /** Ours: addresses of one name that are tried. */
  private static final int MAX_ADDRESSES = 8;

  private final ThreadPoolExecutor lookups =
      new ThreadPoolExecutor(
          MAX_LOOKUPS,
          MAX_LOOKUPS,
          5,
          TimeUnit.SECONDS,
          new ArrayBlockingQueue<>(MAX_WAITING),
          Thread.ofPlatform().daemon().name("p2p-resolver-", 0).factory());

  Resolver() {
    lookups.allowCoreThreadTimeOut(true);
  }

  /**
   * The IP addresses of the named host of an address; of one family only where the address says so.
   *
   * @throws IOException when there is none, or it was not found in time
   */
  List<InetAddress> resolve(Multiaddr address, Deadline deadline)
      throws IOException, InterruptedException {
    String host =
        address.tcp().orElseThrow(() -> new UnknownHostException("no TCP in " + address)).host();
    Stream<InetAddress> all = Stream.of(lookUp(host, deadline));
    Stream<InetAddress> wanted =
        switch (address.parts().getFirst().protocol()) {
          case "dns4" -> all.filter(Inet4Address.class::isInstance);
          case "dns6" -> all.filter(Inet6Address.class::isInstance);
          default -> all;
        };
    return wanted.limit(MAX_ADDRESSES).toList();
  }

  private InetAddress[] lookUp(String host, Deadline deadline)
      throws IOException, InterruptedException {
    try {
      Future<InetAddress[]> lookup = lookups.submit(() -> InetAddress.getAllByName(host));
      try {
        return lookup.get(deadline.left().toNanos(), TimeUnit.NANOSECONDS);
      } finally {
        lookup.cancel(false);
      }
    } catch (TimeoutException e) {
      throw new SocketTimeoutException("no answer in time to the look-up of " + host);
    } catch (ExecutionException e) {
      throw new UnknownHostException("cannot look up " + host + ": " + e.getCause());
    } catch (RejectedExecutionException e) {
      throw new IOException("too many look-ups under way", e);
    }
  }

  @Override
  public void close() {
    lookups.shutdownNow();
  }
}
