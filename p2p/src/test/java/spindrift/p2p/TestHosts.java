package spindrift.p2p;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import spindrift.base.ConfigException;
import spindrift.base.MalformedDataException;

/** Hosts on loopback, which are closed at the end of a test. */
final class TestHosts implements AutoCloseable {
  private final List<Host> hosts = new ArrayList<>();

  Host start() throws IOException, ConfigException {
    return start(settings -> settings);
  }

  Host start(UnaryOperator<HostSettings> change) throws IOException, ConfigException {
    return start(Identity.generate(), change);
  }

  Host start(Identity identity, UnaryOperator<HostSettings> change)
      throws IOException, ConfigException {
    Host host = Host.start(identity, change.apply(settings()));
    hosts.add(host);
    return host;
  }

  static HostSettings settings() {
    return HostSettings.defaults(List.of(multiaddr("/ip4/127.0.0.1/tcp/0")), "test/1");
  }

  /** Where a host listens, with its peer id. */
  static Multiaddr address(Host host) {
    return host.addresses().getFirst().withPeer(host.peerId());
  }

  static Multiaddr multiaddr(String text) {
    try {
      return Multiaddr.parse(text);
    } catch (MalformedDataException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /** Waits for a condition. */
  static void await(BooleanSupplier condition) throws InterruptedException {
    Deadline deadline = Deadline.in(Duration.ofSeconds(30));
    while (!condition.getAsBoolean()) {
      if (deadline.passed()) {
        throw new AssertionError("it has not come true in time");
      }
      TimeUnit.MILLISECONDS.sleep(2);
    }
  }

  @Override
  public void close() {
    hosts.forEach(Host::close);
  }
}
