package spindrift.catalog;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import spindrift.base.ByteSource;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.IntegrityException;
import spindrift.blocks.BlockReader;
import spindrift.catalog.CatalogRecord.Origin;
import spindrift.dag.UnixFsDag;
import spindrift.nix.Compression;
import spindrift.nix.NarInfo;
import spindrift.nix.NarListing;
import spindrift.nix.NixHash;
import spindrift.nix.PathInfo;
import spindrift.nix.Realisation;
import spindrift.nix.SecretKey;
import spindrift.nix.Signature;
import spindrift.nix.StorePath;
import spindrift.store.LocalStore;

/**
 * The node as a binary cache: every valid path of the local store, indexed or not, and every path
 * that was uploaded. Safe for use by several threads.
 */
public final class BinaryCache {
  /** Narinfos kept ready, some MB of them: a client asks for a closure's one after another. */
  private static final int READY_NARINFOS = 4096;

  /** How long a narinfo may outlive its path; the NAR of a path that is gone is absent at once. */
  private static final long READY_NANOS = 5_000_000_000L;

  /** Un-indexed paths whose files were found right, by tree fingerprint; 32 bytes each. */
  private static final int PROVED_PATHS = 16_384;

  private final Catalog catalog;
  private final BlockReader blocks;
  private final Optional<LocalStore> store;
  private final Optional<SecretKey> signKey;
  private final FlatObjects files;
  private final Map<String, Ready> ready = bounded(READY_NARINFOS);
  private final Map<String, Bytes> proved = bounded(PROVED_PATHS);

  private record Ready(Bytes text, long until) {}

  /**
   * @param signKey adds its signature to every narinfo, where there is one
   */
  public BinaryCache(
      Catalog catalog,
      BlockReader blocks,
      Optional<LocalStore> store,
      Optional<SecretKey> signKey) {
    this.catalog = catalog;
    this.blocks = blocks;
    this.store = store;
    this.signKey = signKey;
    this.files = new FlatObjects(catalog, blocks, store);
  }

  /** The text of the narinfo of the path with this hash part. */
  public Optional<Bytes> narInfoText(String hashPart) throws IOException, FaultException {
    long now = System.nanoTime();
    synchronized (ready) {
      Ready found = ready.get(hashPart);
      if (found != null && found.until - now > 0) {
        return Optional.of(found.text);
      }
    }
    Optional<Bytes> text = narInfo(hashPart).map(this::textOf);
    text.ifPresent(
        bytes -> {
          synchronized (ready) {
            ready.put(hashPart, new Ready(bytes, now + READY_NANOS));
          }
        });
    return text;
  }

  /** The text of a narinfo, with the node's own signature. */
  public Bytes textOf(NarInfo info) {
    return Bytes.utf8(sign(info).render(catalog.storeDir()));
  }

  /** The narinfo of the path with this hash part, without the node's own signature. */
  public Optional<NarInfo> narInfo(String hashPart) throws IOException, FaultException {
    return held(hashPart).map(Held::narInfo);
  }

  /**
   * A store object that is here.
   *
   * @param narInfo without the node's own signature
   * @param record of the same NAR, where it is in the catalog
   */
  public record Held(NarInfo narInfo, Optional<CatalogRecord> record) {}

  /** The object with this hash part. */
  public Optional<Held> held(String hashPart) throws IOException, FaultException {
    return held(hashPart, localInfo(hashPart));
  }

  /** As {@link #held(String)}, for those who know the whole path, which costs less. */
  public Optional<Held> held(StorePath path) throws IOException, FaultException {
    Optional<PathInfo> local = store.isEmpty() ? Optional.empty() : store.get().pathInfo(path);
    return held(path.hashPart(), local).filter(held -> held.narInfo().path().equals(path));
  }

  private Optional<Held> held(String hashPart, Optional<PathInfo> local) throws IOException {
    Optional<CatalogRecord> record = catalog.find(hashPart);
    if (local.isEmpty()) {
      return record
          .filter(BinaryCache::hasOwnBlocks)
          .map(found -> new Held(found.narInfo(), record));
    }
    PathInfo info = local.get();
    if (record.isPresent() && record.get().narInfo().narHash().equals(info.narHash())) {
      NarInfo merged = record.get().narInfo();
      for (Signature signature : info.signatures()) {
        merged = merged.withSignature(signature);
      }
      return Optional.of(new Held(merged, record));
    }
    NarInfo described = withPlainFileOf(NarInfo.of(info));
    return Optional.of(new Held(described, Optional.empty()));
  }

  /**
   * A narinfo whose file is the uncompressed NAR in this cache. The hash part in the URL finds the
   * path again without an index from NAR hashes to paths.
   */
  public static NarInfo withPlainFileOf(NarInfo info) {
    String url = info.withPlainFile().url() + "?hash=" + info.path().hashPart();
    return info.withFile(url, Compression.NONE, info.narHash(), info.narSize());
  }

  /** With the node's own signature, where it has a key. */
  public NarInfo sign(NarInfo info) {
    return signKey
        .map(key -> info.withSignature(key.sign(info.fingerprint(catalog.storeDir()))))
        .orElse(info);
  }

  /**
   * The NAR with a hash.
   *
   * @param hashPart of a path that has it, where the client said so
   */
  public Optional<ByteSource> nar(NixHash narHash, Optional<String> hashPart)
      throws IOException, FaultException {
    if (hashPart.isPresent()) {
      Optional<ByteSource> nar = localNar(hashPart.get(), narHash, Optional.empty());
      if (nar.isPresent()) {
        return nar;
      }
    }
    for (CatalogRecord record : catalog.findByNarHash(narHash)) {
      Optional<ByteSource> nar = nar(record);
      if (nar.isPresent()) {
        catalog.touch(record.path());
        return nar;
      }
    }
    return Optional.empty();
  }

  /** As {@link #nar}, for one who hashes what he gets himself, and may be given ranges of files. */
  public Optional<ByteSource> uncheckedNar(NixHash narHash, String hashPart)
      throws IOException, FaultException {
    Optional<StoreNar> local = storeNar(hashPart, narHash, Optional.empty());
    return local.isPresent() ? local.map(StoreNar::unchecked) : nar(narHash, Optional.of(hashPart));
  }

  /** The NAR of a record: from the files in the local store, else from blocks. */
  public Optional<ByteSource> nar(CatalogRecord record) throws IOException, FaultException {
    Optional<ByteSource> local =
        localNar(record.path().hashPart(), record.narInfo().narHash(), Optional.of(record));
    if (local.isPresent() || !hasOwnBlocks(record)) {
      return local;
    }
    return Optional.of(viewOf(record));
  }

  /** The NAR of a record as its NAR view renders it. */
  public ByteSource viewOf(CatalogRecord record) throws IOException, FaultException {
    ByteSource view = dag().file(record.narView());
    if (view.size() != record.narInfo().narSize()) {
      throw new IntegrityException(
          "a NAR view of " + record.narInfo().narSize() + " bytes",
          view.size() + " bytes",
          record.path().toString());
    }
    return view;
  }

  /** The listing of the path with this hash part. */
  public Optional<NarListing> listing(String hashPart) throws IOException, FaultException {
    Optional<PathInfo> local = localInfo(hashPart);
    if (local.isPresent()) {
      LocalStore here = store.orElseThrow();
      here.protect(local.get().path());
      return Optional.of(Listings.ofFiles(here.realPath(local.get().path())));
    }
    Optional<CatalogRecord> record = catalog.find(hashPart).filter(BinaryCache::hasOwnBlocks);
    return record.isEmpty()
        ? Optional.empty()
        : Optional.of(Listings.ofTreeView(record.get().treeView(), dag()));
  }

  /** The file with a derivation's build log, as Nix on this machine keeps it. */
  public Optional<Path> buildLog(StorePath derivation) {
    return store.flatMap(here -> here.layout().buildLog(derivation));
  }

  /** What an output of a content-addressed derivation was built as in the local store. */
  public Optional<Realisation> realisation(Realisation.Id id) throws IOException, FaultException {
    return store.isEmpty() ? Optional.empty() : store.get().realisation(id);
  }

  /** Whether a path can be had from here. */
  public boolean isPresent(StorePath path) throws IOException, FaultException {
    Optional<NarInfo> info = narInfo(path.hashPart());
    return info.isPresent() && info.get().path().equals(path);
  }

  /** Those objects that are one file each, by the file's hash. */
  public FlatObjects files() {
    return files;
  }

  /** Makes a change of a record seen at once. */
  public void forget(String hashPart) {
    synchronized (ready) {
      ready.remove(hashPart);
    }
  }

  /** The file trees of all records. */
  public UnixFsDag dag() {
    return new UnixFsDag(blocks);
  }

  private Optional<ByteSource> localNar(
      String hashPart, NixHash narHash, Optional<CatalogRecord> known)
      throws IOException, FaultException {
    return storeNar(hashPart, narHash, known).map(nar -> nar);
  }

  private Optional<StoreNar> storeNar(
      String hashPart, NixHash narHash, Optional<CatalogRecord> known)
      throws IOException, FaultException {
    Optional<PathInfo> local = localInfo(hashPart).filter(info -> info.narHash().equals(narHash));
    if (local.isEmpty()) {
      return Optional.empty();
    }
    StorePath path = local.get().path();
    LocalStore here = store.orElseThrow();
    here.protect(path);
    if (!Files.exists(here.realPath(path), LinkOption.NOFOLLOW_LINKS)) {
      throw new IOException(path + " is registered in the local store, but its files are gone");
    }
    Optional<CatalogRecord> record = known.isPresent() ? known : catalog.find(path);
    Optional<Bytes> fingerprint = record.flatMap(CatalogRecord::treeFingerprint);
    if (fingerprint.isEmpty()) {
      synchronized (proved) {
        fingerprint = Optional.ofNullable(proved.get(hashPart));
      }
    }
    return Optional.of(
        new StoreNar(
            here.realPath(path),
            narHash,
            local.get().narSize(),
            fingerprint,
            found -> proved(path, record.isPresent(), found)));
  }

  private void proved(StorePath path, boolean hasRecord, Bytes fingerprint) throws IOException {
    if (hasRecord) {
      catalog.proved(path, fingerprint);
    } else {
      synchronized (proved) {
        proved.put(path.hashPart(), fingerprint);
      }
    }
  }

  private Optional<PathInfo> localInfo(String hashPart) throws IOException, FaultException {
    if (store.isEmpty()) {
      return Optional.empty();
    }
    Optional<StorePath> path = store.get().byHashPart(hashPart);
    return path.isEmpty() ? Optional.empty() : store.get().pathInfo(path.get());
  }

  /** A record of the local store's is nothing without it: the leaves are files there. */
  private static boolean hasOwnBlocks(CatalogRecord record) {
    return record.origin() == Origin.UPLOAD;
  }

  private static <V> Map<String, V> bounded(int size) {
    return new LinkedHashMap<>(16, 0.75f, true) {
      @Override
      protected boolean removeEldestEntry(Map.Entry<String, V> eldest) {
        return size() > size;
      }
    };
  }
}
