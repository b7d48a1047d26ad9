package spindrift.p2p;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import spindrift.base.Bytes;

/**
 * Says which inbound connections get as far as a handshake. Safe for use by several threads; the
 * lock is this object.
 */
final class Doorkeeper {
  /** Ours: handshakes with inbound connections that are under way at a time. */
  static final int MAX_PENDING = 128;

  /** Ours: of these from one address; an office behind one address comes back all at once. */
  static final int MAX_PENDING_PER_ADDRESS = 32;

  /** Ours: what a handshake costs that went wrong. Eleven within a minute are too many. */
  static final int FAILED_HANDSHAKE_POINTS = 10;

  /** Ours: short, since others may be behind the same address. */
  static final Duration ADDRESS_BAN = Duration.ofSeconds(30);

  /** Bytes of an IPv6 address that one customer has to himself. */
  private static final int IP6_PREFIX = 8;

  private final Standing<Bytes> addresses = new Standing<>(ADDRESS_BAN, System::nanoTime);
  private final Map<Bytes, Integer> pending = new HashMap<>();
  private int allPending;

  /** Whether a connection from an address may start its handshake; {@link #left} ends it. */
  synchronized boolean admits(InetAddress from) {
    Bytes key = key(from);
    if (allPending >= MAX_PENDING
        || pending.getOrDefault(key, 0) >= MAX_PENDING_PER_ADDRESS
        || addresses.banned(key)) {
      return false;
    }
    allPending++;
    pending.merge(key, 1, Integer::sum);
    return true;
  }

  synchronized void left(InetAddress from) {
    allPending--;
    pending.computeIfPresent(key(from), (_, count) -> count == 1 ? null : count - 1);
  }

  /** A handshake broke the rules, so there is nobody to blame but the address. */
  void blame(InetAddress from) {
    addresses.penalise(key(from), FAILED_HANDSHAKE_POINTS);
  }

  synchronized int pending() {
    return allPending;
  }

  private static Bytes key(InetAddress address) {
    Bytes bytes = Bytes.owning(address.getAddress());
    return address instanceof Inet6Address && !address.isLinkLocalAddress()
        ? bytes.slice(0, IP6_PREFIX)
        : bytes;
  }
}
