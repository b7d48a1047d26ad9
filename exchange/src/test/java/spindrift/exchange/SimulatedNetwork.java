package spindrift.exchange;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.p2p.Host;
import spindrift.p2p.HostListener;
import spindrift.p2p.Misbehaviour;
import spindrift.p2p.Multiaddr;
import spindrift.p2p.P2pStream;
import spindrift.p2p.PeerId;
import spindrift.p2p.PeerInfo;
import spindrift.p2p.StreamHandler;

/**
 * Hosts in memory, whose streams break, stand still and take their time as a seed has it. What was
 * written to a stream that breaks is lost as far as it was not read.
 */
final class SimulatedNetwork implements AutoCloseable {
  private final Random random;
  private final int faults;
  private final Map<PeerId, SimulatedHost> hosts = new ConcurrentHashMap<>();
  private final List<Pipe> pipes = new CopyOnWriteArrayList<>();
  private volatile boolean closed;

  /**
   * @param faults of a thousand writes, how many break their stream
   */
  SimulatedNetwork(long seed, int faults) {
    this.random = new Random(seed);
    this.faults = faults;
  }

  Host host(int number) {
    SimulatedHost host = new SimulatedHost(new PeerId(Bytes.of(0, 1, number)));
    hosts.put(host.id, host);
    return host;
  }

  private int chance(int bound) {
    synchronized (random) {
      return random.nextInt(bound);
    }
  }

  /** Breaks all streams between two hosts. */
  void cut(PeerId one, PeerId other) {
    pipes.stream().filter(pipe -> pipe.joins(one, other)).forEach(Pipe::fail);
  }

  /** Breaks all streams between two hosts and tells both that the other has gone. */
  void disconnect(PeerId one, PeerId other) {
    cut(one, other);
    hosts.get(one).listeners.forEach(listener -> listener.disconnected(other));
    hosts.get(other).listeners.forEach(listener -> listener.disconnected(one));
  }

  @Override
  public void close() {
    closed = true;
    pipes.forEach(Pipe::fail);
  }

  private void delay() {
    if (chance(4) == 0) {
      LockSupport.parkNanos(chance(2_000_000));
    }
  }

  private final class SimulatedHost implements Host {
    private final PeerId id;
    private final Map<String, StreamHandler> handlers = new ConcurrentHashMap<>();
    private final List<HostListener> listeners = new CopyOnWriteArrayList<>();

    SimulatedHost(PeerId id) {
      this.id = id;
    }

    @Override
    public PeerId peerId() {
      return id;
    }

    @Override
    public List<Multiaddr> addresses() {
      return List.of();
    }

    @Override
    public void handle(String protocol, StreamHandler handler) {
      handlers.put(protocol, handler);
    }

    @Override
    public void addListener(HostListener listener) {
      listeners.add(listener);
    }

    @Override
    public PeerId connect(Multiaddr address, Duration timeout) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void addAddresses(PeerId peer, List<Multiaddr> addresses) {}

    @Override
    public P2pStream open(PeerId peer, List<String> protocols, Duration timeout)
        throws IOException {
      delay();
      SimulatedHost other = hosts.get(peer);
      if (closed || other == null || chance(1000) < faults) {
        throw new IOException("cannot open a stream");
      }
      Pipe there = new Pipe(id, peer);
      Pipe back = new Pipe(peer, id);
      there.partner = back;
      back.partner = there;
      pipes.add(there);
      pipes.add(back);
      String protocol = protocols.getFirst();
      SimulatedStream ours = new SimulatedStream(peer, protocol, back, there);
      SimulatedStream theirs = new SimulatedStream(id, protocol, there, back);
      Thread.startVirtualThread(() -> other.serve(theirs));
      return ours;
    }

    private void serve(SimulatedStream stream) {
      try (stream) {
        handlers.get(stream.protocol()).handle(stream);
      } catch (IOException | FaultException | InterruptedException e) {
        stream.reset();
      }
    }

    @Override
    public List<PeerInfo> peers() {
      return List.of();
    }

    @Override
    public Optional<PeerInfo> peer(PeerId peer) {
      return Optional.empty();
    }

    @Override
    public void disconnect(PeerId peer) {}

    @Override
    public void ban(PeerId peer, Duration time) {}

    @Override
    public void penalise(PeerId peer, Misbehaviour what) {}

    @Override
    public void close() {}
  }

  private record SimulatedStream(PeerId peer, String protocol, Pipe from, Pipe to)
      implements P2pStream {
    @Override
    public InputStream in() {
      return from.in;
    }

    @Override
    public OutputStream out() {
      return to.out;
    }

    @Override
    public void timeout(Duration timeout) {}

    @Override
    public void closeWrite() {
      to.end();
    }

    @Override
    public void reset() {
      from.fail();
      to.fail();
    }

    @Override
    public void close() {
      to.end();
    }
  }

  /** One direction of a stream. */
  private final class Pipe {
    private static final int WINDOW = 64 << 10;

    private final PeerId one;
    private final PeerId other;
    private final List<byte[]> pieces = new ArrayList<>();
    private int queued;
    private boolean ended;
    private boolean broken;
    private volatile @Nullable Pipe partner;

    Pipe(PeerId one, PeerId other) {
      this.one = one;
      this.other = other;
    }

    boolean joins(PeerId a, PeerId b) {
      return (one.equals(a) && other.equals(b)) || (one.equals(b) && other.equals(a));
    }

    synchronized void fail() {
      broken = true;
      pieces.clear();
      notifyAll();
      pipes.remove(this);
    }

    synchronized void end() {
      ended = true;
      notifyAll();
    }

    private synchronized int take(byte[] target, int at, int count) throws IOException {
      awaitWhile(() -> pieces.isEmpty() && !ended && !broken);
      if (broken) {
        throw new IOException("the stream is broken");
      }
      if (pieces.isEmpty()) {
        return -1;
      }
      byte[] piece = pieces.removeFirst();
      int taken = Math.min(piece.length, count);
      System.arraycopy(piece, 0, target, at, taken);
      if (taken < piece.length) {
        pieces.addFirst(Arrays.copyOfRange(piece, taken, piece.length));
      }
      queued -= taken;
      notifyAll();
      return taken;
    }

    private void put(byte[] source, int at, int count) throws IOException {
      delay();
      boolean breaks = chance(1000) < faults;
      synchronized (this) {
        awaitWhile(() -> queued >= WINDOW && !broken);
        if (broken) {
          throw new IOException("the stream is broken");
        }
        pieces.add(Arrays.copyOfRange(source, at, at + count));
        queued += count;
        notifyAll();
      }
      if (breaks) {
        cutStream();
      }
    }

    /** Both directions break, and the writer does not know yet. */
    private void cutStream() {
      fail();
      Pipe opposite = partner;
      if (opposite != null) {
        opposite.fail();
      }
    }

    /** Waits while something holds; under the lock. */
    private void awaitWhile(BooleanSupplier condition) throws IOException {
      try {
        while (condition.getAsBoolean()) {
          wait();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException(e);
      }
    }

    private final InputStream in =
        new InputStream() {
          @Override
          public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
          }

          @Override
          public int read(byte[] target, int at, int count) throws IOException {
            delay();
            return take(target, at, count);
          }
        };

    private final OutputStream out =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
          }

          @Override
          public void write(byte[] source, int at, int count) throws IOException {
            put(source, at, count);
          }
        };
  }
}
