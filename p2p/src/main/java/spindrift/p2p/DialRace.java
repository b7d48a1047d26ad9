package spindrift.p2p;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import spindrift.base.FaultException;

/**
 * Tries several addresses, each a little after the one before and at once when that has failed,
 * until one leads to a connection. As "happy eyeballs", but the race is won by the end of the
 * handshake and not of TCP's.
 *
 * <p>For one use by one thread; the attempts run on threads of their own and report to it.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc8305">RFC 8305</a>
 */
final class DialRace {
  /** The least that RFC 8305 allows; a local network answers within it. */
  static final Duration STAGGER = Duration.ofMillis(100);

  /** Ours: attempts that run at a time. */
  static final int MAX_RUNNING = 8;

  /** Ours: targets in all; lies about a peer shall not make a scanner of us. */
  static final int MAX_TARGETS = 24;

  /**
   * Where an attempt goes.
   *
   * @param address as it was given, which may name the host
   */
  record Target(Multiaddr address, InetSocketAddress endpoint) {}

  /** Makes a connection with a target. Is interrupted when that has become needless. */
  interface Attempt {
    Connection run(Target target) throws IOException, FaultException, InterruptedException;
  }

  /** Starts a thread. */
  interface Starter {
    Thread start(Runnable task);
  }

  private sealed interface Outcome {
    record Resolved(List<Target> targets) implements Outcome {}

    record Unresolved(Exception failure) implements Outcome {}

    record Won(Connection connection) implements Outcome {}

    record Lost(Exception failure) implements Outcome {}
  }

  private final Resolver resolver;
  private final Attempt attempt;
  private final Starter starter;
  private final Deadline deadline;

  private final BlockingQueue<Outcome> outcomes = new LinkedBlockingQueue<>();
  private final Queue<Target> waiting = new ArrayDeque<>();
  private final List<Thread> threads = new ArrayList<>();
  private int targets;
  private int resolving;
  private int running;
  private @Nullable Exception failure;

  /** Guarded by this object, as the hand-over of outcomes is. */
  private boolean over;

  DialRace(Resolver resolver, Attempt attempt, Starter starter, Deadline deadline) {
    this.resolver = resolver;
    this.attempt = attempt;
    this.starter = starter;
    this.deadline = deadline;
  }

  /**
   * Runs the race.
   *
   * @throws FaultException where every attempt failed and one of them by the peer's fault
   */
  Connection run(List<Multiaddr> addresses)
      throws IOException, FaultException, InterruptedException {
    try {
      for (Multiaddr address : addresses) {
        enter(address);
      }
      return race();
    } finally {
      end();
    }
  }

  private void enter(Multiaddr address) {
    resolving++;
    Optional<InetAddress> literal = TcpAddress.literal(address);
    if (literal.isPresent()) {
      handle(new Outcome.Resolved(targets(address, List.of(literal.get()))));
    } else {
      start(() -> report(resolve(address)));
    }
  }

  private Connection race() throws IOException, FaultException, InterruptedException {
    Deadline next = Deadline.in(Duration.ZERO);
    while (resolving > 0 || running > 0 || !waiting.isEmpty()) {
      boolean room = !waiting.isEmpty() && running < MAX_RUNNING;
      if (room && (running == 0 || next.passed())) {
        Target target = waiting.remove();
        running++;
        start(() -> report(attempt(target)));
        next = Deadline.in(STAGGER);
        continue;
      }
      Duration patience = room ? deadline.within(next.left()).left() : deadline.left();
      Outcome outcome = outcomes.poll(patience.toNanos(), TimeUnit.NANOSECONDS);
      if (outcome instanceof Outcome.Won won) {
        return won.connection();
      }
      if (outcome != null) {
        handle(outcome);
        next = Deadline.in(Duration.ZERO);
      } else if (deadline.passed()) {
        throw new SocketTimeoutException("no connection in time");
      }
    }
    throw failed();
  }

  private void handle(Outcome outcome) {
    switch (outcome) {
      case Outcome.Resolved(List<Target> found) -> {
        resolving--;
        for (Target target : found) {
          if (targets++ < MAX_TARGETS) {
            waiting.add(target);
          }
        }
      }
      case Outcome.Unresolved(Exception lost) -> {
        resolving--;
        keep(lost);
      }
      case Outcome.Lost(Exception lost) -> {
        running--;
        keep(lost);
      }
      case Outcome.Won(Connection connection) -> connection.close();
    }
  }

  /** Of several failures the peer's own says most, and then the first. */
  private void keep(Exception lost) {
    if (failure == null
        || (lost instanceof FaultException && !(failure instanceof FaultException))) {
      failure = lost;
    }
  }

  private IOException failed() throws FaultException {
    return switch (failure) {
      case null -> new IOException("no address that can be dialled");
      case FaultException fault -> throw fault;
      case IOException io -> io;
      default -> new IOException(failure);
    };
  }

  private Outcome resolve(Multiaddr address) {
    try {
      return new Outcome.Resolved(targets(address, resolver.resolve(address, deadline)));
    } catch (IOException e) {
      return new Outcome.Unresolved(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Outcome.Unresolved(e);
    }
  }

  private static List<Target> targets(Multiaddr address, List<InetAddress> hosts) {
    int port = address.tcp().map(Multiaddr.TcpEndpoint::port).orElse(0);
    return hosts.stream()
        .filter(host -> port != 0 && !host.isAnyLocalAddress() && !host.isMulticastAddress())
        .map(host -> new Target(address, new InetSocketAddress(host, port)))
        .toList();
  }

  private Outcome attempt(Target target) {
    try {
      return new Outcome.Won(attempt.run(target));
    } catch (IOException | FaultException | RuntimeException e) {
      return new Outcome.Lost(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Outcome.Lost(e);
    }
  }

  private void start(Runnable task) {
    threads.add(starter.start(task));
  }

  private synchronized void report(Outcome outcome) {
    if (!over) {
      outcomes.add(outcome);
    } else if (outcome instanceof Outcome.Won won) {
      won.connection().close();
    }
  }

  private synchronized void end() {
    over = true;
    threads.forEach(Thread::interrupt);
    for (Outcome outcome : outcomes) {
      if (outcome instanceof Outcome.Won won) {
        won.connection().close();
      }
    }
  }
}
