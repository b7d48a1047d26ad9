package spindrift.upstream;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;
import spindrift.compression.DecodingException;
import spindrift.compression.Decompression;
import spindrift.compression.MemoryBudget;
import spindrift.http.WebAnswer;
import spindrift.nix.CacheInfo;
import spindrift.nix.Compression;
import spindrift.nix.NarInfo;
import spindrift.nix.StoreDir;

/**
 * A binary cache over HTTP.
 *
 * @see <a href="https://nix.dev/manual/nix/latest/store/types/http-binary-cache-store">Nix</a>
 */
final class HttpUpstream implements Upstream {
  private static final String INFO = "nix-cache-info";

  private final String name;
  private final UpstreamFiles files;
  private final MemoryBudget decoding;
  private final CacheTerms terms;
  private final NarInfoCheck narInfos;

  /** Whether a range was served as asked for, or at least promised, and never refused. */
  private volatile boolean servesRanges;

  HttpUpstream(
      StoreDir store,
      UpstreamFiles files,
      String name,
      OptionalInt priority,
      MemoryBudget decoding) {
    this.name = name;
    this.files = files;
    this.decoding = decoding;
    this.narInfos = new NarInfoCheck(name, store);
    this.terms =
        new CacheTerms(name, store, priority, time -> small(INFO, CacheInfo.MAX_SIZE, time));
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int priority() {
    return terms.priority();
  }

  @Override
  public Optional<NarInfo> narInfo(String hashPart, Duration timeout)
      throws IOException, FaultException {
    // Both at once would be a round trip less, once in hours.
    long until = System.nanoTime() + timeout.toNanos();
    if (!fits(timeout, until)) {
      return Optional.empty();
    }
    Duration left = Duration.ofNanos(Math.max(1, until - System.nanoTime()));
    Optional<Bytes> text = small(hashPart + ".narinfo", NarInfo.MAX_SIZE, left);
    return text.isEmpty() ? Optional.empty() : narInfos.read(hashPart, text.get());
  }

  /** One that fails to say what it is for may have the path all the same. */
  private boolean fits(Duration timeout, long until) throws IOException {
    try {
      return terms.fits(timeout);
    } catch (IOException e) {
      if (until - System.nanoTime() <= 0) {
        throw e;
      }
      return true;
    }
  }

  @Override
  public Optional<Bytes> document(String path, int maxBytes, Duration timeout)
      throws IOException, FaultException {
    Optional<Bytes> found = small(path, maxBytes, timeout);
    if (path.equals(INFO)) {
      terms.said(found); // so that the first narinfo need not ask for that before
    }
    return found;
  }

  private Optional<Bytes> small(String path, int maxBytes, Duration timeout)
      throws IOException, FaultException {
    Optional<WebAnswer> found = files.small(path, timeout);
    if (found.isEmpty()) {
      return Optional.empty();
    }
    try (WebAnswer answer = found.get()) {
      if (answer.mediaType().equals("text/html")) {
        throw new MalformedDataException(
            "answer of " + answer.url().getHost(), -1, "a web page in place of a file of a cache");
      }
      Compression coding = coding(answer);
      if (coding == Compression.NONE) {
        return Optional.of(answer.content(maxBytes));
      }
      try (Decompression decoded = Decompression.open(coding, answer.body(), decoding)) {
        byte[] content = decoded.content().readNBytes(maxBytes + 1);
        if (content.length > maxBytes) {
          throw new LimitExceededException("size of " + path, maxBytes);
        }
        return Optional.of(Bytes.owning(content));
      } catch (DecodingException e) {
        throw e.fault();
      }
    }
  }

  @Override
  public Optional<NarStream> nar(NarInfo theirs, long from, long to)
      throws IOException, FaultException {
    boolean plain = theirs.compression() == Compression.NONE;
    long asked = plain ? from : 0;
    Optional<WebAnswer> found =
        plain && to < theirs.narSize()
            ? files.part(theirs.url(), from, to)
            : files.streamed(theirs.url(), asked);
    if (found.isEmpty()) {
      return Optional.empty();
    }
    WebAnswer answer = found.get();
    try {
      return Optional.of(opened(theirs, answer, asked, from, to));
    } catch (IOException | FaultException | RuntimeException e) {
      answer.close();
      throw e;
    }
  }

  private NarStream opened(NarInfo theirs, WebAnswer answer, long asked, long from, long to)
      throws IOException, FaultException {
    long at = ServedRange.start(answer, asked);
    if (at < asked && to < theirs.narSize()) {
      servesRanges = false;
      throw new IOException(name + " serves no ranges any more"); // all of it for each piece
    }
    Compression coding = coding(answer);
    if (at > 0 && coding != Compression.NONE) {
      throw new IOException(name + " serves a range of what it compressed on the way");
    }
    if (theirs.compression() == Compression.NONE) {
      servesRanges =
          coding == Compression.NONE && (at > 0 || (asked == 0 && ServedRange.isOffered(answer)));
    }
    InputStream file = coding == Compression.NONE ? answer.body() : decoded(coding, answer.body());
    InputStream nar = decoded(theirs.compression(), file);
    DecodedNar stream =
        new DecodedNar(nar, answer::transferredBytes, answer, theirs.narSize() - at);
    stream.skip(from - at);
    return stream;
  }

  private InputStream decoded(Compression compression, InputStream file)
      throws IOException, FaultException {
    if (compression == Compression.NONE) {
      return file;
    }
    try {
      return Decompression.open(compression, file, decoding).content();
    } catch (IOException | FaultException | RuntimeException e) {
      // It may be a decoder itself, with memory to give back.
      file.close();
      throw e;
    }
  }

  /** How a body was compressed on the way, asked for or not. */
  private static Compression coding(WebAnswer answer) throws MalformedDataException {
    String coding = answer.header("Content-Encoding").orElse("").strip().toLowerCase(Locale.ROOT);
    return switch (coding) {
      case "", "identity" -> Compression.NONE;
      case "gzip", "x-gzip" -> Compression.GZIP;
      case "br" -> Compression.BR;
      case "zstd" -> Compression.ZSTD;
      case "xz" -> Compression.XZ;
      case "bzip2" -> Compression.BZIP2;
      default ->
          throw new MalformedDataException(
              "answer of " + answer.url().getHost(), -1, "an unknown Content-Encoding");
    };
  }

  @Override
  public boolean isSeekable(NarInfo theirs) {
    return theirs.compression() == Compression.NONE && servesRanges;
  }

  @Override
  public Optional<Duration> clockAhead() {
    return files.clockAhead();
  }

  @Override
  public void close() {
    files.close();
  }
}
