package spindrift.substitute;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import spindrift.base.AbsentException;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.blocks.MemoryBlockStore;
import spindrift.exchange.FetchSession;
import spindrift.ipld.Block;
import spindrift.ipld.Cid;
import spindrift.p2p.Identity;
import spindrift.p2p.Misbehaviour;
import spindrift.p2p.PeerId;

/** Peers in this process, which do what a test tells them. */
final class FakePeers implements Peers {
  final Map<PeerId, FakePeer> all = new LinkedHashMap<>();
  final List<Listener> listeners = new CopyOnWriteArrayList<>();
  final List<FakeSession> sessions = new CopyOnWriteArrayList<>();
  final Map<PeerId, List<Misbehaviour>> penalties = new HashMap<>();

  /** Is done before each block is given. */
  volatile Runnable beforeBlock = () -> {};

  /** Is called before a request is answered. */
  @FunctionalInterface
  interface Hook {
    void before(LookupRequest request) throws IOException, InterruptedException;
  }

  /** A peer; connected at first. All under the lock of the peers. */
  final class FakePeer {
    final PeerId id = Identity.generate().peerId();
    final MemoryBlockStore blocks = new MemoryBlockStore();
    final Map<String, LookupAnswer.Found> objects = new LinkedHashMap<>();
    final Map<String, Bytes> realisations = new ConcurrentHashMap<>();
    final List<LookupRequest> requests = new CopyOnWriteArrayList<>();
    volatile Hook hook = request -> {};
    boolean connected = true;
    boolean comesWhenCalled;

    /** How many blocks it sends before it leaves. */
    int blocksLeft = Integer.MAX_VALUE;

    FakePeer has(SignedNar... objects) {
      for (SignedNar object : objects) {
        says(object.found());
        holds(object);
      }
      return this;
    }

    FakePeer says(LookupAnswer.Found found) {
      objects.put(found.narInfo().path().hashPart(), found);
      return this;
    }

    /** Takes the blocks of an object. */
    FakePeer holds(SignedNar object) {
      try {
        for (Cid cid : object.cids()) {
          blocks.accept(new Block(cid, object.blocks().load(cid)));
        }
      } catch (IOException | FaultException e) {
        throw new AssertionError(e);
      }
      return this;
    }

    void leave() {
      synchronized (FakePeers.this) {
        connected = false;
      }
      listeners.forEach(listener -> listener.disconnected(id));
    }

    void come() {
      synchronized (FakePeers.this) {
        connected = true;
      }
      listeners.forEach(listener -> listener.connected(id));
    }

    private LookupAnswer answer(LookupRequest request) {
      Map<String, LookupAnswer.Found> found = new LinkedHashMap<>();
      List<LookupRequest.Key> absent = new ArrayList<>();
      for (LookupRequest.Key key : request.keys()) {
        Optional<LookupAnswer.Found> one =
            objects.values().stream().filter(object -> names(key, object)).findFirst();
        if (one.isEmpty()) {
          absent.add(key);
        } else {
          add(one.get(), request.scope(), found);
        }
      }
      return new LookupAnswer(List.copyOf(found.values()), absent);
    }

    private void add(
        LookupAnswer.Found one, LookupRequest.Scope scope, Map<String, LookupAnswer.Found> found) {
      boolean isNew = found.put(one.narInfo().path().hashPart(), one) == null;
      if (isNew && scope == LookupRequest.Scope.CLOSURES) {
        one.narInfo().references().stream()
            .map(reference -> objects.get(reference.hashPart()))
            .filter(Objects::nonNull)
            .forEach(reference -> add(reference, scope, found));
      }
    }

    private static boolean names(LookupRequest.Key key, LookupAnswer.Found object) {
      return switch (key) {
        case LookupRequest.Key.HashPart(String text) ->
            object.narInfo().path().hashPart().equals(text);
        case LookupRequest.Key.NarHash(var hash) -> object.narInfo().narHash().equals(hash);
        case LookupRequest.Key.FlatHash flat -> flat.isOf(object.narInfo());
      };
    }
  }

  synchronized FakePeer add() {
    FakePeer peer = new FakePeer();
    all.put(peer.id, peer);
    return peer;
  }

  @Override
  public synchronized List<PeerId> connected() {
    return all.values().stream().filter(peer -> peer.connected).map(peer -> peer.id).toList();
  }

  @Override
  public List<PeerId> answering() {
    return connected();
  }

  @Override
  public synchronized boolean isConnected(PeerId peer) {
    return peer(peer).connected;
  }

  private synchronized FakePeer peer(PeerId id) {
    return Objects.requireNonNull(all.get(id));
  }

  @Override
  public LookupAnswer ask(PeerId id, LookupRequest request, Duration timeout)
      throws IOException, FaultException, InterruptedException {
    FakePeer peer = peer(id);
    peer.requests.add(request);
    peer.hook.before(request);
    if (!isConnected(id) && peer.comesWhenCalled) {
      peer.come();
    }
    if (!isConnected(id)) {
      throw new IOException("cannot be reached");
    }
    synchronized (this) {
      return peer.answer(request);
    }
  }

  @Override
  public Optional<Bytes> realisation(PeerId id, String name, Duration timeout) {
    return Optional.ofNullable(peer(id).realisations.get(name));
  }

  @Override
  public FetchSession session(Collection<PeerId> peers) {
    FakeSession session = new FakeSession();
    peers.forEach(session::addPeer);
    sessions.add(session);
    return session;
  }

  @Override
  public synchronized void penalise(PeerId peer, Misbehaviour what) {
    penalties.computeIfAbsent(peer, none -> new ArrayList<>()).add(what);
    if (what == Misbehaviour.LIE) {
      peer(peer).connected = false;
    }
  }

  synchronized List<Misbehaviour> penaltiesOf(FakePeer peer) {
    return penalties.getOrDefault(peer.id, List.of());
  }

  @Override
  public void disconnect(PeerId peer) {
    peer(peer).leave();
  }

  @Override
  public void addListener(Listener listener) {
    listeners.add(listener);
  }

  /** Bytes of blocks that came from peers, in all sessions. */
  long bytesSent() {
    return sessions.stream()
        .flatMap(session -> session.shares().stream())
        .mapToLong(FetchSession.PeerShare::bytes)
        .sum();
  }

  /** What is expected is there at once; a block that nobody has is absent at once. */
  final class FakeSession implements FetchSession {
    private final Set<PeerId> members = new LinkedHashSet<>();
    private final Map<Cid, Integer> expected = new HashMap<>();
    private final Map<PeerId, PeerShare> shares = new LinkedHashMap<>();
    final List<Cid> order = new ArrayList<>();
    long maxExpectedBytes;
    long heldAtMost = Long.MAX_VALUE;
    boolean closed;

    @Override
    public void addPeer(PeerId peer) {
      synchronized (FakePeers.this) {
        members.add(peer);
      }
    }

    @Override
    public void dropPeer(PeerId peer) {
      synchronized (FakePeers.this) {
        members.remove(peer);
      }
    }

    @Override
    public List<PeerId> peers() {
      synchronized (FakePeers.this) {
        return List.copyOf(members);
      }
    }

    @Override
    public void expect(List<Cid> cids) {
      synchronized (FakePeers.this) {
        cids.forEach(cid -> expected.merge(cid, 1, Integer::sum));
        order.addAll(cids);
        long bytes = 0;
        for (Map.Entry<Cid, Integer> entry : expected.entrySet()) {
          bytes += (long) entry.getValue() * size(entry.getKey());
        }
        maxExpectedBytes = Math.max(maxExpectedBytes, bytes);
      }
    }

    private int size(Cid cid) {
      return all.values().stream()
          .mapToInt(peer -> peer.blocks.size(cid).orElse(0))
          .max()
          .orElse(0);
    }

    @Override
    public void holdAtMost(long bytes) {
      heldAtMost = bytes;
    }

    @Override
    public boolean holds(Cid cid) {
      synchronized (FakePeers.this) {
        return expected.containsKey(cid) && size(cid) > 0;
      }
    }

    @Override
    public Bytes load(Cid cid) throws IOException, FaultException {
      beforeBlock.run();
      Optional<FakePeer> leaves;
      synchronized (FakePeers.this) {
        if (closed) {
          throw new IOException("the session is closed");
        }
        expected.computeIfPresent(cid, (same, count) -> count == 1 ? null : count - 1);
        Optional<FakePeer> giver =
            members.stream()
                .map(FakePeers.this::peer)
                .filter(peer -> peer.connected && peer.blocks.has(cid))
                .findFirst();
        if (giver.isPresent() && giver.get().blocksLeft-- > 0) {
          return sent(giver.get(), giver.get().blocks.read(cid).orElseThrow());
        }
        leaves = giver;
      }
      if (leaves.isEmpty()) {
        throw new AbsentException("block " + cid + " is not to be had from peers");
      }
      leaves.get().blocksLeft = Integer.MAX_VALUE;
      leaves.get().leave();
      return load(cid);
    }

    private Bytes sent(FakePeer peer, Bytes block) {
      shares.merge(
          peer.id,
          new PeerShare(peer.id, 1, block.size(), 0),
          (one, other) -> new PeerShare(peer.id, one.blocks() + 1, one.bytes() + other.bytes(), 0));
      return block;
    }

    @Override
    public List<PeerShare> shares() {
      synchronized (FakePeers.this) {
        return List.copyOf(shares.values());
      }
    }

    @Override
    public void close() {
      synchronized (FakePeers.this) {
        closed = true;
      }
    }
  }
}
