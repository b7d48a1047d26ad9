package spindrift.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.blocks.BlockReader;
import spindrift.catalog.BinaryCache;
import spindrift.catalog.Documents;
import spindrift.catalog.Uploads;
import spindrift.nix.NixHash;
import spindrift.nix.StoreDir;
import spindrift.substitute.HashedFiles;
import spindrift.substitute.Substituter;

/** Sends each request of a node to what answers it. Safe for use by several threads. */
public final class NodeHandler implements Handler {
  private static final String NARS = "nar/";
  private static final String GATEWAY = "ipfs/";
  private static final String READ_ONLY = "GET, HEAD";
  private static final String READ_WRITE = "GET, HEAD, PUT";

  private final CacheHandler reading;
  private final UploadHandler writing;
  private final GatewayHandler gateway;
  private final HashedFiles files;
  private final Optional<Bytes> token;
  private final AtomicLong requests = new AtomicLong();

  /**
   * What a node serves.
   *
   * @param substituter finds narinfos, NARs, and what the gateway shows
   * @param files by the hash of their contents
   * @param blocks of those here, the ones that the gateway shows
   * @param token that uploaders have to send as the password of HTTP Basic; empty where anybody may
   *     upload
   * @param afterUpload is told when a path was accepted
   */
  public record Services(
      Substituter substituter,
      BinaryCache cache,
      Uploads uploads,
      Documents documents,
      HashedFiles files,
      BlockReader blocks,
      StoreDir storeDir,
      Optional<String> token,
      Runnable afterUpload) {}

  public NodeHandler(Services services) {
    this.reading = new CacheHandler(services);
    this.writing =
        new UploadHandler(
            services.uploads(),
            services.cache(),
            services.documents(),
            services.storeDir(),
            services.afterUpload());
    this.gateway = new GatewayHandler(services.substituter(), services.blocks());
    this.files = services.files();
    this.token = services.token().map(Bytes::utf8);
  }

  /** Requests answered so far. */
  public long requests() {
    return requests.get();
  }

  @Override
  public Reply handle(Request request) throws IOException, FaultException {
    requests.incrementAndGet();
    String path = request.path().substring(1);
    boolean readOnly = path.startsWith(GATEWAY) || HashedFile.hasForm(request.path());
    return switch (request.method()) {
      case "GET", "HEAD" -> read(path, request);
      case "PUT" -> {
        if (readOnly) {
          yield Reply.methodNotAllowed(READ_ONLY);
        }
        yield isAllowed(request) ? write(path, request) : unauthorized();
      }
      default -> Reply.methodNotAllowed(readOnly ? READ_ONLY : READ_WRITE);
    };
  }

  private Reply read(String path, Request request) throws IOException, FaultException {
    if (path.startsWith(NARS)) {
      return reading.nar(path.substring(NARS.length()), request);
    }
    if (path.startsWith(GATEWAY)) {
      return gateway.handle(path.substring(GATEWAY.length()), request);
    }
    if (HashedFile.hasForm(request.path())) {
      return HashedFile.parse(request.path()).flatMap(this::file).orElseGet(Reply::absent);
    }
    if (path.equals("nix-cache-info")) {
      return reading.cacheInfo();
    }
    if (path.isEmpty()) {
      return Reply.text(200, "Spindrift: a Nix binary cache, and an IPFS gateway under /ipfs/");
    }
    Optional<Document> document = Document.at(path);
    return document.isPresent() ? reading.document(document.get()) : reading.top(path);
  }

  /**
   * Whole only: a client that goes on after a cut would put a right end to what may have been a
   * wrong beginning.
   */
  private Optional<Reply> file(NixHash hash) {
    return files
        .find(hash)
        .map(file -> Reply.ok("application/octet-stream", file).wholeOnly())
        .map(reply -> reply.with("ETag", "\"" + hash.hex() + "\""));
  }

  private Reply write(String path, Request request) throws IOException, FaultException {
    if (path.startsWith(NARS)) {
      return writing.nar(path.substring(NARS.length()), request);
    }
    if (path.equals("nix-cache-info")) {
      return writing.cacheInfo(request);
    }
    Optional<Document> document = Document.at(path);
    return document.isPresent()
        ? writing.document(document.get(), request)
        : writing.top(path, request);
  }

  private boolean isAllowed(Request request) {
    if (token.isEmpty()) {
      return true;
    }
    String field = request.field("Authorization").orElse("");
    if (!field.regionMatches(true, 0, "Basic ", 0, 6)) {
      return false;
    }
    try {
      byte[] pair = Base64.getDecoder().decode(field.substring(6).strip());
      String text = new String(pair, StandardCharsets.UTF_8);
      String password = text.substring(text.indexOf(':') + 1);
      // Takes the same time wherever the first difference is.
      return MessageDigest.isEqual(
          password.getBytes(StandardCharsets.UTF_8), token.get().toArray());
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static Reply unauthorized() {
    return Reply.text(
            401,
            "uploads need the token of this node as a password: put it into Nix's netrc file, or"
                + " start the node with --writable")
        .with("WWW-Authenticate", "Basic realm=\"spindrift\"");
  }
}
