package spindrift.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.regex.Pattern;
import spindrift.base.Bytes;
import spindrift.base.Excerpt;
import spindrift.base.FaultException;
import spindrift.base.RefusedException;
import spindrift.catalog.BinaryCache;
import spindrift.catalog.Documents;
import spindrift.catalog.Uploads;
import spindrift.compression.DecodingException;
import spindrift.compression.Decompression;
import spindrift.compression.MemoryBudget;
import spindrift.nix.CacheInfo;
import spindrift.nix.NarInfo;
import spindrift.nix.NarListing;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;

/**
 * The writing half of Nix's binary-cache protocol, with the requests in the order in which {@code
 * nix copy --to} sends them: listing, NAR, narinfo. Nothing here answers 5xx, which Nix would
 * repeat, or hang on.
 */
final class UploadHandler {
  /** Ours, as for what comes out of it. */
  private static final long MAX_FILE = Decompression.MAX_NAR;

  /** MiB for decoding and cutting NARs: one at the worst, a dozen of those that Nix packs. */
  private static final int NAR_MEMORY = 136;

  /** MiB for documents: the largest one on its way into the database, or many of the usual size. */
  private static final int DOCUMENT_MEMORY = 96;

  /** A document as received, for the database, and inside the database. */
  private static final int COPIES = 3;

  private static final Pattern NAR_NAME = Pattern.compile("[0-9A-Za-z][0-9A-Za-z._+-]{0,127}");
  private static final Reply DONE = Reply.text(200, "ok");

  private final Uploads uploads;
  private final BinaryCache cache;
  private final Documents documents;
  private final StoreDir storeDir;
  private final Runnable afterUpload;
  private final MemoryBudget narMemory = new MemoryBudget("uploads of NARs", NAR_MEMORY);
  private final MemoryBudget documentMemory =
      new MemoryBudget("uploads of documents", DOCUMENT_MEMORY);

  /**
   * @param afterUpload is told when a path was accepted
   */
  UploadHandler(
      Uploads uploads,
      BinaryCache cache,
      Documents documents,
      StoreDir storeDir,
      Runnable afterUpload) {
    this.uploads = uploads;
    this.cache = cache;
    this.documents = documents;
    this.storeDir = storeDir;
    this.afterUpload = afterUpload;
  }

  /** A client that makes a new cache says which store it is for; this one has its own mind. */
  Reply cacheInfo(Request request) throws IOException, FaultException {
    CacheInfo info = CacheInfo.parse(read(request, CacheInfo.MAX_SIZE));
    if (info.store().isPresent() && !info.store().get().equals(storeDir)) {
      throw new RefusedException("this cache is for " + storeDir);
    }
    return DONE;
  }

  /** {@code <hash part>.narinfo} or {@code <hash part>.ls}. */
  Reply top(String name, Request request) throws IOException, FaultException {
    int dot = name.indexOf('.');
    String hashPart = dot < 0 ? "" : name.substring(0, dot);
    String kind = name.substring(hashPart.length());
    if (StorePath.isHashPart(hashPart) && kind.equals(".narinfo")) {
      try (MemoryBudget.Share _ = share(request)) {
        uploads.putNarInfo(hashPart, read(request, NarInfo.MAX_SIZE));
      }
      cache.forget(hashPart);
      afterUpload.run();
      return DONE;
    }
    if (StorePath.isHashPart(hashPart) && kind.equals(".ls")) {
      // The node makes listings itself, from the NAR, so nobody has to look at pushed ones.
      request.body(NarListing.MAX_SIZE).transferTo(OutputStream.nullOutputStream());
      return DONE;
    }
    throw new RefusedException("nothing can be put at " + Excerpt.of(name));
  }

  /** {@code <name>} of {@code nar/<name>}. */
  Reply nar(String name, Request request) throws IOException, FaultException {
    if (!isNarName(name)) {
      throw new RefusedException("no name for a NAR: " + Excerpt.of(name));
    }
    HashingInputStream file = new HashingInputStream(request.body(MAX_FILE));
    try (Decompression decoded = Decompression.open(file, narMemory)) {
      uploads.putNar("nar/" + name, decoded.compression(), decoded.content(), file);
    } catch (DecodingException e) {
      throw e.fault();
    }
    return DONE;
  }

  /** Whether a NAR can be put at {@code nar/<name>}. */
  static boolean isNarName(String name) {
    return NAR_NAME.matcher(name).matches();
  }

  /** Something small beside the store objects. */
  Reply document(Document document, Request request) throws IOException, FaultException {
    try (MemoryBudget.Share _ = share(request)) {
      Bytes content = read(request, document.maxSize());
      document.check(content);
      documents.put(document.name(), content);
    }
    return DONE;
  }

  /** Memory for a body that is to be held as a whole; of one that is too long, there is none. */
  private MemoryBudget.Share share(Request request) throws IOException, FaultException {
    return documentMemory.take(
        COPIES * Math.min(request.contentLength(), (long) Documents.MAX_SIZE));
  }

  private static Bytes read(Request request, int maxSize) throws IOException, FaultException {
    InputStream body = request.body(maxSize);
    byte[] content = new byte[(int) request.contentLength()];
    body.readNBytes(content, 0, content.length);
    return Bytes.owning(content);
  }
}
