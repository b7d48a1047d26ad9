package spindrift.upstream;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;
import spindrift.compression.Decompression;
import spindrift.compression.MemoryBudget;
import spindrift.nix.CacheInfo;
import spindrift.nix.Compression;
import spindrift.nix.NarInfo;
import spindrift.nix.StoreDir;

/** A folder that is laid out as a binary cache. Nothing outside of it is read by its names. */
final class FileUpstream implements Upstream {

  private final Path folder;
  private final String name;
  private final MemoryBudget decoding;
  private final CacheTerms terms;
  private final NarInfoCheck narInfos;

  FileUpstream(
      StoreDir store, Path folder, String name, OptionalInt priority, MemoryBudget decoding) {
    this.folder = folder;
    this.name = name;
    this.decoding = decoding;
    this.narInfos = new NarInfoCheck(name, store);
    this.terms =
        new CacheTerms(
            name, store, priority, time -> document("nix-cache-info", CacheInfo.MAX_SIZE, time));
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
    if (!terms.fits(timeout)) {
      return Optional.empty();
    }
    Optional<Bytes> text = document(hashPart + ".narinfo", NarInfo.MAX_SIZE, timeout);
    return text.isEmpty() ? Optional.empty() : narInfos.read(hashPart, text.get());
  }

  @Override
  public Optional<NarStream> nar(NarInfo theirs, long from, long to)
      throws IOException, FaultException {
    boolean plain = theirs.compression() == Compression.NONE;
    SeekableByteChannel channel;
    try {
      channel = Files.newByteChannel(file(theirs.url()));
    } catch (NoSuchFileException | FileNotFoundException e) {
      return Optional.empty();
    }
    try {
      long start = plain ? from : 0;
      channel.position(start);
      InputStream file = Channels.newInputStream(channel);
      InputStream nar =
          plain ? file : Decompression.open(theirs.compression(), file, decoding).content();
      // It came over no network.
      DecodedNar stream = new DecodedNar(nar, () -> 0, channel, theirs.narSize() - start);
      stream.skip(from - start);
      return Optional.of(stream);
    } catch (IOException | FaultException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  @Override
  public boolean isSeekable(NarInfo theirs) {
    return theirs.compression() == Compression.NONE;
  }

  @Override
  public Optional<Bytes> document(String path, int maxBytes, Duration timeout)
      throws IOException, FaultException {
    Path file = file(path);
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    try (InputStream in = Files.newInputStream(file)) {
      byte[] content = in.readNBytes(maxBytes + 1);
      if (content.length > maxBytes) {
        throw new LimitExceededException("size of " + path, maxBytes);
      }
      return Optional.of(Bytes.owning(content));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  private Path file(String path) throws MalformedDataException {
    try {
      Path file = folder.resolve(path).normalize();
      if (file.startsWith(folder)) {
        return file;
      }
    } catch (InvalidPathException e) {
      // Said below.
    }
    throw new MalformedDataException("narinfo", -1, "its URL is outside of the cache");
  }

  @Override
  public void close() {
    // Files that are being read are closed by their readers.
  }
}
