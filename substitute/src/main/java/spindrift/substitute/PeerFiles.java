package spindrift.substitute;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import spindrift.base.ByteSource;
import spindrift.base.FaultException;
import spindrift.catalog.Views;
import spindrift.ipld.Cid;
import spindrift.nix.NixHash;
import spindrift.p2p.Misbehaviour;
import spindrift.p2p.PeerId;
import spindrift.substitute.LookupRequest.Key.FlatHash;
import spindrift.substitute.LookupRequest.Scope;

/**
 * Files that connected peers have: looked up by the hash of the contents, then fetched block by
 * block by the CID that a peer tells. Neither narinfo nor signature matters, for the contents prove
 * themselves.
 */
final class PeerFiles implements FileSource {
  private static final System.Logger LOG = System.getLogger(PeerFiles.class.getName());

  private static final int MAX_REMEMBERED = 1 << 12;

  private final Peers peers;
  private final FetchSettings settings;
  private final Opener opener;
  private final LongSupplier clock;

  /** Until when peers are not asked again; guarded by this. */
  private final Bounded<NixHash, Long> absentUntil = Bounded.ofSize(MAX_REMEMBERED);

  private final Bounded<PeerId, Long> quietUntil = Bounded.ofSize(MAX_REMEMBERED);

  /** Opens a UnixFS file whose blocks are here or at peers. */
  @FunctionalInterface
  interface Opener {
    ByteSource open(Cid cid) throws IOException, FaultException;
  }

  /** What one peer said; without views it has none, or did not answer. */
  private record Told(PeerId peer, Optional<Views> views) {}

  PeerFiles(Peers peers, FetchSettings settings, Opener opener, LongSupplier clock) {
    this.peers = peers;
    this.settings = settings;
    this.opener = opener;
    this.clock = clock;
  }

  @Override
  public String name() {
    return "peers";
  }

  @Override
  public Optional<Offer> find(NixHash hash) throws IOException, FaultException {
    long now = clock.getAsLong();
    List<PeerId> asked;
    synchronized (this) {
      if (absentUntil.get(hash).filter(until -> until - now > 0).isPresent()) {
        return Optional.empty();
      }
      asked = peers.answering().stream().filter(peer -> !isQuiet(peer, now)).toList();
    }
    BlockingQueue<Told> answers = new LinkedBlockingQueue<>();
    for (PeerId peer : asked) {
      Thread.ofVirtual().name("look up file").start(() -> answers.add(ask(peer, hash)));
    }
    Optional<Told> told = first(answers, asked.size());
    if (told.isEmpty()) {
      synchronized (this) {
        absentUntil.put(hash, clock.getAsLong() + settings.absence().toNanos());
      }
      return Optional.empty();
    }
    Cid file = told.get().views().orElseThrow().tree();
    PeerId peer = told.get().peer();
    return Optional.of(new Offer(opener.open(file), () -> blame(peer, hash)));
  }

  private boolean isQuiet(PeerId peer, long now) {
    return quietUntil.get(peer).filter(until -> until - now > 0).isPresent();
  }

  /** The first that has the file, within the time of a look-up and of computing views. */
  private Optional<Told> first(BlockingQueue<Told> answers, int count)
      throws InterruptedIOException {
    long until = System.nanoTime() + patience().toNanos();
    try {
      for (int i = 0; i < count; i++) {
        Told told = answers.poll(until - System.nanoTime(), TimeUnit.NANOSECONDS);
        if (told == null) {
          return Optional.empty();
        }
        if (told.views().isPresent()) {
          return Optional.of(told);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while peers were asked");
    }
    return Optional.empty();
  }

  /** A peer that has it not says so at once; only one that has it may need to compute views. */
  private Duration patience() {
    return settings.lookUp().multipliedBy(2);
  }

  private Told ask(PeerId peer, NixHash hash) {
    FlatHash key = new FlatHash(hash);
    LookupRequest request = new LookupRequest(List.of(key), Scope.OBJECTS, settings.lookUp());
    try {
      return new Told(
          peer,
          peers.ask(peer, request, patience()).found().stream()
              .filter(found -> key.isOf(found.narInfo()))
              .flatMap(found -> found.views().stream())
              .findFirst());
    } catch (IOException | FaultException e) {
      LOG.log(Level.DEBUG, "no answer peer={0} why={1}", peer.brief(), e.getMessage());
      synchronized (this) {
        quietUntil.put(peer, clock.getAsLong() + settings.quiet().toNanos());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return new Told(peer, Optional.empty());
  }

  private void blame(PeerId peer, NixHash hash) {
    LOG.log(Level.WARNING, "refuse file hash={0} peer={1}", hash, peer.brief());
    peers.penalise(peer, Misbehaviour.LIE);
  }
}
