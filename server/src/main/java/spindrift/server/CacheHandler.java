package spindrift.server;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import spindrift.base.ByteSource;
import spindrift.base.Bytes;
import spindrift.base.Excerpt;
import spindrift.base.FaultException;
import spindrift.base.MalformedDataException;
import spindrift.catalog.BinaryCache;
import spindrift.catalog.Documents;
import spindrift.catalog.StagedNars.StagedNar;
import spindrift.catalog.Uploads;
import spindrift.nix.CacheInfo;
import spindrift.nix.Compression;
import spindrift.nix.HashAlgorithm;
import spindrift.nix.NarInfo;
import spindrift.nix.NarListing;
import spindrift.nix.NixHash;
import spindrift.nix.StorePath;
import spindrift.substitute.Substituter;

/**
 * The reading half of Nix's binary-cache protocol. Absent is 404 and nothing else: Nix then asks
 * elsewhere, while after a 5xx it tries five times and, in some versions, gives up altogether. So a
 * path that cannot be read here is absent, too, and the reason is logged.
 */
final class CacheHandler {
  static final String NAR_TYPE = "application/x-nix-nar";
  private static final System.Logger LOG = System.getLogger(CacheHandler.class.getName());

  /** Asked before caches of the internet (cache.nixos.org has 40), after a file system's. */
  private static final int PRIORITY = 20;

  /** Characters of a reason in the log: a path in the store and some words. */
  static final int MAX_REASON = 500;

  private static final String NARINFO = ".narinfo";
  private static final String LISTING = ".ls";
  private static final String NAR = ".nar";

  private final Substituter substituter;
  private final BinaryCache cache;
  private final Uploads uploads;
  private final Documents documents;
  private final Bytes cacheInfo;

  CacheHandler(NodeHandler.Services services) {
    this.substituter = services.substituter();
    this.cache = services.cache();
    this.uploads = services.uploads();
    this.documents = services.documents();
    this.cacheInfo =
        Bytes.utf8(
            new CacheInfo(
                    Optional.of(services.storeDir()),
                    CacheInfo.MassQuery.WANTED,
                    OptionalInt.of(PRIORITY))
                .render());
  }

  Reply cacheInfo() {
    return Reply.ok(CacheInfo.MEDIA_TYPE, cacheInfo);
  }

  /** {@code <hash part>.narinfo} or {@code <hash part>.ls}, without the slash. */
  Reply top(String name) {
    String hashPart = name.substring(0, Math.min(name.length(), StorePath.HASH_PART_LENGTH));
    if (!StorePath.isHashPart(hashPart)) {
      return Reply.absent();
    }
    return switch (name.substring(hashPart.length())) {
      case NARINFO -> orAbsent(name, () -> narInfo(hashPart));
      case LISTING -> orAbsent(name, () -> listing(hashPart));
      default -> Reply.absent();
    };
  }

  private Optional<Reply> narInfo(String hashPart) throws IOException, FaultException {
    return substituter.narInfoText(hashPart).map(text -> Reply.ok(NarInfo.MEDIA_TYPE, text));
  }

  private Optional<Reply> listing(String hashPart) throws IOException, FaultException {
    Optional<Bytes> json = cache.listing(hashPart).map(NarListing::render).map(Bytes::utf8);
    if (json.isEmpty()) {
      json = substituter.document(hashPart + LISTING, NarListing.MAX_SIZE, NarListing::parse);
    }
    return json.map(text -> Reply.ok("application/json", text));
  }

  /** {@code <name>} of {@code nar/<name>}. */
  Reply nar(String name, Request request) {
    if (!UploadHandler.isNarName(name)) {
      return Reply.absent();
    }
    return orAbsent(
        "nar/" + name,
        () -> {
          Optional<Reply> uploaded = uploadedNar(name, request);
          return uploaded.isPresent() ? uploaded : plainNar(name, request);
        });
  }

  private Optional<Reply> plainNar(String name, Request request)
      throws IOException, FaultException {
    Optional<NixHash> hash = narHash(name);
    if (hash.isEmpty()) {
      return Optional.empty();
    }
    Optional<String> hashPart = request.parameter("hash").filter(StorePath::isHashPart);
    return substituter
        .nar(hash.get(), hashPart)
        .map(nar -> Reply.ok(NAR_TYPE, nar).with("ETag", "\"" + hash.get().nix32() + "\""));
  }

  /**
   * A NAR under the name that it was pushed to, in the compression that it had then. While no
   * narinfo has claimed it, a pusher is told that it is here, and nobody gets it.
   */
  private Optional<Reply> uploadedNar(String name, Request request)
      throws IOException, FaultException {
    Optional<StagedNar> staged = uploads.staged("nar/" + name);
    if (staged.isEmpty()) {
      return Optional.empty();
    }
    Optional<ByteSource> nar = cache.nar(staged.get().narHash(), Optional.empty());
    if (nar.isEmpty()) {
      return request.method().equals("HEAD")
          ? Optional.of(Reply.ok(NAR_TYPE, Bytes.EMPTY))
          : Optional.empty();
    }
    return Optional.of(Reply.ok(NAR_TYPE, packed(nar.get(), staged.get().compression())));
  }

  private static ByteSource packed(ByteSource nar, Compression compression)
      throws IOException, FaultException {
    return switch (compression) {
      case ZSTD -> StoredFrames.ZSTD.wrap(nar);
      case XZ -> StoredFrames.XZ.wrap(nar);
      case GZIP -> StoredFrames.GZIP.wrap(nar);
      case BZIP2 -> Bzip2Source.of(nar);
      default -> nar;
    };
  }

  /** What the store cannot tell, others may: a daemon without an experimental feature gives up. */
  private Optional<ByteSource> ofLocalStore(Document document) {
    try {
      return inLocalStore(document);
    } catch (IOException | FaultException e) {
      LOG.log(
          System.Logger.Level.DEBUG,
          "cannot read here, ask others what={0} why={1}",
          document.name(),
          Excerpt.of(String.valueOf(e.getMessage()), MAX_REASON));
      return Optional.empty();
    }
  }

  private Optional<ByteSource> inLocalStore(Document document) throws IOException, FaultException {
    return switch (document.kind()) {
      case LOG -> {
        Optional<Path> file = cache.buildLog(document.derivation());
        yield file.isEmpty() ? Optional.empty() : Optional.of(BuildLog.of(file.get()));
      }
      case REALISATION ->
          cache
              .realisation(document.realisationId())
              .map(found -> new MemorySource(Bytes.utf8(found.render())));
      case BUILD_TRACE, DEBUG_INFO -> Optional.empty();
    };
  }

  /** A log, a realisation or the like: as it was pushed, from the local store, from elsewhere. */
  Reply document(Document document) {
    return orAbsent(
        document.name(),
        () -> {
          Optional<ByteSource> content = documents.find(document.name());
          if (content.isEmpty()) {
            content = ofLocalStore(document);
          }
          if (content.isEmpty()) {
            content =
                substituter
                    .document(document.name(), document.maxSize(), document::check)
                    .map(MemorySource::new);
          }
          return content.map(bytes -> Reply.ok(document.mediaType(), bytes));
        });
  }

  private static Optional<NixHash> narHash(String name) {
    if (!name.endsWith(NAR)) {
      return Optional.empty();
    }
    String digest = name.substring(0, name.length() - NAR.length());
    try {
      return Optional.of(NixHash.parse(HashAlgorithm.SHA256, digest));
    } catch (MalformedDataException e) {
      return Optional.empty();
    }
  }

  /** Looks something up. */
  @FunctionalInterface
  interface LookUp {
    Optional<Reply> run() throws IOException, FaultException;
  }

  static Reply orAbsent(String what, LookUp lookUp) {
    try {
      return lookUp.run().orElseGet(Reply::absent);
    } catch (IOException | FaultException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "cannot serve what={0} why={1}",
          what,
          Excerpt.of(String.valueOf(e.getMessage()), MAX_REASON));
      return Reply.text(404, "cannot be read here; the log of the node says why");
    }
  }
}
