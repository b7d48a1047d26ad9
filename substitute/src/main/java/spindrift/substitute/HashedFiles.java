package spindrift.substitute;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import spindrift.base.ByteSource;
import spindrift.base.ByteTarget;
import spindrift.base.FaultException;
import spindrift.base.IntegrityException;
import spindrift.blocks.BlockReader;
import spindrift.catalog.BinaryCache;
import spindrift.catalog.HashingTarget;
import spindrift.http.Credentials;
import spindrift.http.Netrc;
import spindrift.http.WebClient;
import spindrift.nix.NixHash;

/**
 * Files by the hash of their contents, as a mirror for {@code fetchurl}: from here, else from
 * peers, else from mirrors by others. Each is hashed while it passes, and the last byte is held
 * back until the hash has come out right. Safe for use by several threads.
 */
public final class HashedFiles {
  private static final System.Logger LOG = System.getLogger(HashedFiles.class.getName());

  /** Ours: how long a source that gave a wrong file is not asked for that file. */
  private static final long REFUTED_NANOS = Duration.ofMinutes(10).toNanos();

  private static final int MAX_REFUTED = 4096;

  private final List<FileSource> sources;
  private final LongSupplier clock;
  private final Bounded<Refuted, Long> refuted = Bounded.ofSize(MAX_REFUTED);

  private record Refuted(String source, NixHash hash) {}

  HashedFiles(List<FileSource> sources, LongSupplier clock) {
    this.sources = List.copyOf(sources);
    this.clock = clock;
  }

  /**
   * What is here, and nothing else.
   *
   * @param shown the blocks that those who ask may have
   */
  public static HashedFiles here(BinaryCache cache, BlockReader shown) {
    return new HashedFiles(List.of(new LocalFiles(cache, shown)), System::nanoTime);
  }

  /** And behind that what peers have. */
  public HashedFiles withPeers(PeerSubstituter peers, BlockReader shown) {
    return with(List.of(peers.files(shown)));
  }

  /**
   * And behind that what mirrors by others have, in this order.
   *
   * @param mirrors their URLs over HTTP, to which {@code /<algorithm>/<hexadecimal>} is added
   * @param client is for its owner to close
   * @param logins by host
   */
  public HashedFiles withMirrors(List<URI> mirrors, WebClient client, Netrc logins) {
    return with(
        mirrors.stream()
            .map(mirror -> new MirrorFiles(mirror, mirrorClient(mirror, client, logins)))
            .toList());
  }

  private static MirrorClient mirrorClient(URI mirror, WebClient client, Netrc logins) {
    Credentials credentials = Credentials.of(mirror, Optional.empty(), Optional.empty(), logins);
    return new WebMirrorClient(client, credentials);
  }

  private HashedFiles with(List<? extends FileSource> more) {
    List<FileSource> all = new ArrayList<>(sources);
    all.addAll(more);
    return new HashedFiles(all, clock);
  }

  /** The file with a hash, verified while it is written; empty also where none can be computed. */
  public Optional<ByteSource> find(NixHash hash) {
    if (hash.algorithm().newDigest().isEmpty()) {
      return Optional.empty();
    }
    for (FileSource source : sources) {
      if (isRefuted(new Refuted(source.name(), hash))) {
        continue;
      }
      try {
        Optional<FileSource.Offer> offer = source.find(hash);
        if (offer.isPresent()) {
          Verified file = new Verified(source, offer.get(), hash);
          file.proveIfEmpty();
          return Optional.of(file);
        }
      } catch (IOException | FaultException e) {
        LOG.log(
            Level.WARNING,
            "no file hash={0} source={1} why=\"{2}\"",
            hash,
            source.name(),
            e.getMessage());
      }
    }
    return Optional.empty();
  }

  private boolean isRefuted(Refuted which) {
    synchronized (refuted) {
      return refuted.get(which).filter(until -> until - clock.getAsLong() > 0).isPresent();
    }
  }

  /** A file that is hashed whole whatever part of it is wanted. */
  private final class Verified implements ByteSource {
    private final FileSource source;
    private final FileSource.Offer offer;
    private final NixHash hash;

    Verified(FileSource source, FileSource.Offer offer, NixHash hash) {
      this.source = source;
      this.offer = offer;
      this.hash = hash;
    }

    @Override
    public long size() {
      return offer.file().size();
    }

    /** One without a byte to hold back would end cleanly before anybody could tell. */
    void proveIfEmpty() throws IOException, FaultException {
      if (size() == 0) {
        writeTo((buffer, from, length) -> {}, 0, 0);
      }
    }

    @Override
    public void writeTo(ByteTarget target, long from, long to) throws IOException, FaultException {
      HashingTarget hashing = new HashingTarget(target, from, to, hash.algorithm());
      offer.file().writeTo(hashing, 0, size());
      try {
        hashing.require(hash, source.name());
      } catch (IntegrityException e) {
        synchronized (refuted) {
          refuted.put(new Refuted(source.name(), hash), clock.getAsLong() + REFUTED_NANOS);
        }
        offer.refuted().run();
        throw e;
      }
      hashing.release();
    }
  }
}
