package spindrift.substitute;

import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import spindrift.base.Bytes;
import spindrift.catalog.Testimony;
import spindrift.catalog.TrustPolicy;
import spindrift.catalog.Verdict;
import spindrift.catalog.Views;
import spindrift.ipld.Cid;
import spindrift.nix.NarInfo;
import spindrift.nix.NixHash;
import spindrift.p2p.Misbehaviour;
import spindrift.p2p.PeerId;

/**
 * What peers said that they have, for a while. Narinfos pass the trust gate when they are first
 * asked for, and not before: most of a large closure never is. Safe for use by several threads.
 */
final class PeerIndex {
  private static final System.Logger LOG = System.getLogger(PeerIndex.class.getName());

  /** Ours: the closure of a large system, some thousand narinfos of 2 KB. */
  private static final long MAX_BYTES = 32 << 20;

  /** Ours: root blocks of NAR views have some KB; a closure of small paths fits. */
  private static final long MAX_ROOT_BYTES = 8 << 20;

  /** What a claim takes beside the references of its narinfo, and what each of those takes. */
  private static final int CLAIM_BYTES = 1400;

  private static final int REFERENCE_BYTES = 200;

  /** Ours: more sources than that do not make anything faster. */
  private static final int MAX_CLAIMS = 32;

  private final Peers peers;
  private final TrustPolicy trusted;
  private final long rememberedNanos;
  private final LongSupplier clock;
  private final Bounded<String, Entry> entries = new Bounded<>(MAX_BYTES, Entry::bytes);
  private final Bounded<NixHash, String> hashParts = Bounded.ofSize(1 << 15);
  private final Bounded<Cid, Bytes> roots = new Bounded<>(MAX_ROOT_BYTES, Bytes::size);

  PeerIndex(Peers peers, TrustPolicy trusted, FetchSettings settings, LongSupplier clock) {
    this.peers = peers;
    this.trusted = trusted;
    this.rememberedNanos = settings.remembered().toNanos();
    this.clock = clock;
  }

  private record Claim(PeerId peer, NarInfo info, Optional<Views> views, long until) {}

  /** What a peer said of an object, forgeries aside. */
  record Statement(PeerId peer, NarInfo info) {}

  /** All claims about the path with one hash part. */
  private record Entry(Optional<NarInfo> accepted, List<Claim> claims) {
    /** As if no two claims shared a narinfo. */
    long bytes() {
      long bytes = 0;
      for (Claim claim : claims) {
        bytes += CLAIM_BYTES + (long) REFERENCE_BYTES * claim.info.references().size();
      }
      return bytes;
    }

    Entry without(PeerId peer) {
      return new Entry(
          accepted, claims.stream().filter(claim -> !claim.peer.equals(peer)).toList());
    }

    Entry with(PeerId peer, LookupAnswer.Found found, long until) {
      // One copy of what several peers say alike.
      NarInfo info =
          claims.stream()
              .map(Claim::info)
              .filter(found.narInfo()::equals)
              .findFirst()
              .orElse(found.narInfo());
      List<Claim> more = new ArrayList<>(without(peer).claims);
      more.add(new Claim(peer, info, found.views(), until));
      return new Entry(accepted, more.size() > MAX_CLAIMS ? more.subList(1, more.size()) : more);
    }
  }

  private static final Entry NOTHING = new Entry(Optional.empty(), List.of());

  /** Notes what a peer answered. */
  synchronized void add(PeerId peer, LookupAnswer answer) {
    long until = clock.getAsLong() + rememberedNanos;
    for (LookupAnswer.Found found : answer.found()) {
      String hashPart = found.narInfo().path().hashPart();
      entries.put(hashPart, entries.get(hashPart).orElse(NOTHING).with(peer, found, until));
      hashParts.put(found.narInfo().narHash(), hashPart);
      if (found.views().isPresent() && found.narViewRoot().isPresent()) {
        roots.put(found.views().get().nar(), found.narViewRoot().get());
      }
    }
    for (LookupRequest.Key key : answer.absent()) {
      if (key instanceof LookupRequest.Key.HashPart(String hashPart)) {
        entries.get(hashPart).ifPresent(entry -> entries.put(hashPart, entry.without(peer)));
      }
    }
  }

  /** What is known of an object, once it has passed the trust gate. */
  Optional<KnownObject> find(LookupRequest.Key key) {
    return switch (key) {
      case LookupRequest.Key.HashPart(String hashPart) -> find(hashPart);
      case LookupRequest.Key.NarHash(NixHash hash) ->
          hashPart(hash).flatMap(this::find).filter(found -> found.info().narHash().equals(hash));
      case LookupRequest.Key.FlatHash _ -> Optional.empty(); // nobody notes such files here
    };
  }

  private synchronized Optional<String> hashPart(NixHash narHash) {
    return hashParts.get(narHash);
  }

  /** The root block of a NAR view, where a peer sent it along. */
  synchronized Optional<Bytes> root(Cid narView) {
    return roots.get(narView);
  }

  Optional<KnownObject> find(String hashPart) {
    List<Claim> claims = unjudged(hashPart);
    if (!claims.isEmpty()) {
      if (trusted.judge(claims.stream().map(PeerIndex::testimony).toList())
          instanceof Verdict.Accepted(NarInfo info, List<String> _)) {
        accept(info);
      } else {
        // What nobody signed proves nothing, but who says it may have the object all the same.
        claims.stream()
            .filter(claim -> isForged(testimony(claim)))
            .forEach(claim -> refuse(hashPart, claim));
      }
    }
    return known(hashPart);
  }

  private static Testimony testimony(Claim claim) {
    return new Testimony(claim.peer.toString(), claim.info);
  }

  private boolean isForged(Testimony testimony) {
    return !trusted.isOfUse(testimony) && trusted.isForged(testimony.info());
  }

  /** What those say who are connected, save forgeries. */
  List<Statement> statements(String hashPart) {
    find(hashPart);
    synchronized (this) {
      return fresh(hashPart).claims.stream()
          .filter(claim -> peers.isConnected(claim.peer))
          .map(claim -> new Statement(claim.peer, claim.info))
          .toList();
    }
  }

  /** Who has an object that has passed the trust gate, and is connected. */
  synchronized List<KnownObject.Offer> offers(NarInfo info) {
    return offers(fresh(info.path().hashPart()).claims, info).stream()
        .filter(offer -> peers.isConnected(offer.peer()))
        .toList();
  }

  /** Whether it is not known who has all that an object refers to. */
  synchronized boolean lacksReferences(NarInfo info) {
    return info.references().stream()
        .anyMatch(path -> !path.equals(info.path()) && fresh(path.hashPart()).claims.isEmpty());
  }

  private synchronized List<Claim> unjudged(String hashPart) {
    Entry entry = fresh(hashPart);
    return entry.accepted.isEmpty() ? entry.claims : List.of();
  }

  /** Notes that a narinfo has passed the trust gate, whoever it came from. */
  synchronized void accept(NarInfo info) {
    Entry entry = fresh(info.path().hashPart());
    if (!offers(entry.claims, info).isEmpty()) {
      entries.put(info.path().hashPart(), new Entry(Optional.of(info), entry.claims));
    }
  }

  private void refuse(String hashPart, Claim claim) {
    synchronized (this) {
      Entry entry = entries.get(hashPart).orElse(NOTHING);
      if (!entry.claims.contains(claim)) {
        return; // another thread has seen it
      }
      entries.put(hashPart, entry.without(claim.peer));
    }
    LOG.log(
        Level.WARNING,
        "refuse narinfo path={0} peer={1} reason=forged",
        claim.info.path(),
        claim.peer.brief());
    peers.penalise(claim.peer, Misbehaviour.LIE);
  }

  private synchronized Optional<KnownObject> known(String hashPart) {
    Entry entry = fresh(hashPart);
    return entry.accepted.map(info -> new KnownObject(info, offers(entry.claims, info)));
  }

  private static List<KnownObject.Offer> offers(List<Claim> claims, NarInfo info) {
    return claims.stream()
        .filter(claim -> isSameObject(claim.info, info))
        .map(claim -> new KnownObject.Offer(claim.peer, claim.views))
        .toList();
  }

  /**
   * Without claims that are too old, and with an accepted narinfo only while somebody offers it.
   */
  private Entry fresh(String hashPart) {
    Entry entry = entries.get(hashPart).orElse(NOTHING);
    long now = clock.getAsLong();
    List<Claim> claims = entry.claims.stream().filter(claim -> claim.until - now > 0).toList();
    Optional<NarInfo> accepted = entry.accepted.filter(info -> !offers(claims, info).isEmpty());
    if (claims.size() == entry.claims.size() && accepted.equals(entry.accepted)) {
      return entry;
    }
    Entry changed = new Entry(accepted, claims);
    entries.put(hashPart, changed);
    return changed;
  }

  /** Takes back what turned out to be false. */
  synchronized void refute(NarInfo info) {
    String hashPart = info.path().hashPart();
    Entry entry = entries.get(hashPart).orElse(NOTHING);
    entries.put(
        hashPart,
        new Entry(
            Optional.empty(),
            entry.claims.stream().filter(claim -> !isSameObject(claim.info, info)).toList()));
  }

  /** All that is signed; the rest may differ from peer to peer. */
  static boolean isSameObject(NarInfo one, NarInfo other) {
    return one.path().equals(other.path())
        && one.narHash().equals(other.narHash())
        && one.narSize() == other.narSize()
        && one.references().equals(other.references());
  }
}
