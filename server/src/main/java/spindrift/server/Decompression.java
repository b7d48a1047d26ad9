package spindrift.server;

import com.github.luben.zstd.ZstdInputStream;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;
import org.tukaani.xz.MemoryLimitException;
import org.tukaani.xz.XZInputStream;
import spindrift.base.FaultException;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;
import spindrift.nix.Compression;

/**
 * An uploaded file decoded, told by its first bytes: the names under which Nix uploads do not say
 * how a file is compressed. Several members behind one another are one file, as all these formats
 * have it; anything else behind the last one is an error.
 *
 * <p>Each upload first waits for the memory that it will take, so that many at once take no more
 * than the budget.
 */
record Decompression(Compression compression, InputStream content) implements Closeable {
  /** For cutting a NAR into leaves, and buffers. */
  private static final long CUTTING = 4L << 20;

  private static final long BZIP2_MEMORY = 6L << 20;

  /** A file of any level up to 7, Nix's own among them, takes less. */
  private static final int XZ_USUAL_KIB = 20 << 10;

  /** A file of level 9 needs 65 MiB. */
  private static final int XZ_MAX_KIB = 72 << 10;

  /** The headers of an xz file up to its first compressed byte: 12 bytes and at most 1024. */
  private static final int XZ_HEADERS = 2048;

  /** Below this the window is not worth telling apart: 8 MiB, that of level 19. */
  private static final int ZSTD_USUAL_WINDOW_LOG = 23;

  /** 128 MiB: what zstd itself bears without being told to. */
  private static final int ZSTD_MAX_WINDOW_LOG = 27;

  private static final int BUFFER = 1 << 16;
  private static final byte[] PLAIN = {13, 0, 0, 0, 0, 0, 0, 0};
  private static final byte[] XZ = {(byte) 0xfd, '7', 'z', 'X', 'Z', 0};
  private static final byte[] ZSTD = {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd};
  private static final byte[] GZIP = {0x1f, (byte) 0x8b};
  private static final byte[] BZIP2 = {'B', 'Z', 'h'};

  /** Makes a decoder, which may already read from the file. */
  @FunctionalInterface
  private interface Decoder {
    InputStream open() throws IOException;
  }

  /**
   * Opens a file that is being received: of a NAR that is not compressed, the file itself.
   *
   * @throws MalformedDataException when the beginning is that of no format known here
   * @throws LimitExceededException when decoding would take too much memory
   */
  static Decompression open(InputStream file, MemoryBudget memory)
      throws IOException, FaultException {
    BufferedInputStream in = new BufferedInputStream(file, BUFFER);
    in.mark(ZstdWindow.MAX_HEADER);
    byte[] start = in.readNBytes(ZstdWindow.MAX_HEADER);
    in.reset();
    if (begins(start, PLAIN)) {
      return new Decompression(Compression.NONE, decoded(memory, 0, () -> in));
    }
    if (begins(start, XZ)) {
      return new Decompression(Compression.XZ, xz(in, memory));
    }
    if (begins(start, ZSTD)) {
      return new Decompression(Compression.ZSTD, zstd(in, ZstdWindow.size(start), memory));
    }
    if (begins(start, GZIP)) {
      return new Decompression(
          Compression.GZIP,
          decoded(
              memory,
              0,
              () ->
                  GzipCompressorInputStream.builder()
                      .setInputStream(in)
                      .setDecompressConcatenated(true)
                      .get()));
    }
    if (begins(start, BZIP2)) {
      return new Decompression(
          Compression.BZIP2,
          decoded(memory, BZIP2_MEMORY, () -> new BZip2CompressorInputStream(in, true)));
    }
    throw new MalformedDataException(
        "upload", 0, "neither a NAR nor one in xz, zstd, gzip or bzip2");
  }

  /**
   * Tries with what nearly all files need, and with more only where a file says that it needs it.
   */
  private static InputStream xz(BufferedInputStream in, MemoryBudget memory)
      throws IOException, FaultException {
    in.mark(XZ_HEADERS);
    try {
      return xz(in, XZ_USUAL_KIB, memory);
    } catch (MemoryLimitException e) {
      if (e.getMemoryNeeded() > XZ_MAX_KIB) {
        throw new LimitExceededException("memory in KiB for an xz decoder", XZ_MAX_KIB);
      }
      in.reset();
      return xz(in, e.getMemoryNeeded(), memory);
    }
  }

  private static InputStream xz(InputStream in, int kib, MemoryBudget memory)
      throws IOException, FaultException {
    return decoded(
        memory,
        (long) kib << 10,
        () -> {
          BufferedInputStream decoder = new BufferedInputStream(new XZInputStream(in, kib), 16);
          // The first byte has the decoder read what it needs.
          decoder.mark(1);
          decoder.read();
          decoder.reset();
          return decoder;
        });
  }

  private static InputStream zstd(InputStream in, long window, MemoryBudget memory)
      throws IOException, FaultException {
    int log = ZSTD_USUAL_WINDOW_LOG;
    while (1L << log < window) {
      if (log == ZSTD_MAX_WINDOW_LOG) {
        throw new LimitExceededException("window of a zstd file", 1L << ZSTD_MAX_WINDOW_LOG);
      }
      log++;
    }
    int windowLog = log;
    return decoded(
        memory,
        1L << windowLog,
        () -> {
          ZstdInputStream zstd = new ZstdInputStream(in);
          // Binds the frames after the first one, too.
          zstd.setLongMax(windowLog);
          return zstd;
        });
  }

  private static InputStream decoded(MemoryBudget memory, long bytes, Decoder decoder)
      throws IOException, FaultException {
    MemoryBudget.Share share = memory.take(CUTTING + bytes);
    try {
      return new BufferedInputStream(new DecodedFile(decoder.open(), share), BUFFER);
    } catch (ClientGoneException | MemoryLimitException e) {
      share.close();
      throw e;
    } catch (IOException e) {
      share.close();
      throw new MalformedDataException("compressed upload", -1, String.valueOf(e.getMessage()));
    } catch (RuntimeException | Error e) {
      share.close();
      throw e;
    }
  }

  @Override
  public void close() throws IOException {
    content.close();
  }

  private static boolean begins(byte[] start, byte[] magic) {
    return start.length >= magic.length
        && Arrays.equals(start, 0, magic.length, magic, 0, magic.length);
  }
}
