package spindrift.server;

import java.io.IOException;
import java.util.regex.Pattern;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.MalformedDataException;
import spindrift.base.RefusedException;
import spindrift.catalog.BinaryCache;
import spindrift.catalog.Documents;
import spindrift.catalog.Uploads;
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
  /** Ours: bounds what a small compressed file can grow to. */
  private static final long MAX_FILE = 1L << 40;

  private static final Pattern NAR_NAME = Pattern.compile("[0-9A-Za-z][0-9A-Za-z._+-]{0,127}");
  private static final Reply DONE = Reply.text(200, "ok");

  private final Uploads uploads;
  private final BinaryCache cache;
  private final Documents documents;
  private final StoreDir storeDir;
  private final Runnable afterUpload;

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
    if (!StorePath.isHashPart(hashPart)) {
      throw new RefusedException("nothing can be put at " + name);
    }
    switch (name.substring(dot)) {
      case ".narinfo" -> {
        uploads.putNarInfo(hashPart, read(request, NarInfo.MAX_SIZE));
        cache.forget(hashPart);
        afterUpload.run();
      }
      // The node makes listings itself, from what the NAR has; a pushed one is only checked.
      case ".ls" -> NarListing.parse(read(request, NarListing.MAX_SIZE));
      default -> throw new RefusedException("nothing can be put at " + name);
    }
    return DONE;
  }

  /** {@code <name>} of {@code nar/<name>}. */
  Reply nar(String name, Request request) throws IOException, FaultException {
    if (!NAR_NAME.matcher(name).matches()) {
      throw new RefusedException("no name for a NAR: " + name);
    }
    HashingInputStream file = new HashingInputStream(request.body(MAX_FILE));
    try (Decompression decoded = Decompression.open(file)) {
      uploads.putNar("nar/" + name, decoded.compression(), decoded.content(), file);
    } catch (IOException e) {
      throw Decompression.malformedOr(e);
    }
    return DONE;
  }

  /** Something small beside the store objects. */
  Reply document(Document document, Request request) throws IOException, FaultException {
    if (request.field("Content-Encoding").isPresent()) {
      throw new MalformedDataException(
          "upload", -1, "Content-Encoding is not supported; push without log-compression");
    }
    Bytes content = read(request, document.maxSize());
    document.check(content);
    documents.put(document.name(), content);
    return DONE;
  }

  private static Bytes read(Request request, int maxSize) throws IOException, FaultException {
    return Bytes.owning(request.body(maxSize).readAllBytes());
  }
}
