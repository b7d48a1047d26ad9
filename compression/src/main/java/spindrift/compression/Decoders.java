package spindrift.compression;

import com.github.luben.zstd.ZstdInputStream;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;
import org.apache.commons.compress.compressors.lz4.FramedLZ4CompressorInputStream;
import org.apache.commons.compress.compressors.z.ZCompressorInputStream;
import org.brotli.dec.BrotliInputStream;
import org.tukaani.xz.LZMAInputStream;
import org.tukaani.xz.MemoryLimitException;
import org.tukaani.xz.XZInputStream;
import spindrift.base.FaultException;
import spindrift.base.LimitExceededException;
import spindrift.nix.Compression;

/** The decoders that there are. */
enum Decoders {
  NONE(Compression.NONE) {
    @Override
    InputStream open(CompressedFile in, MemoryBudget memory) throws IOException, FaultException {
      return decoded(in, memory, 0, () -> in);
    }
  },
  XZ(Compression.XZ, 0xfd, '7', 'z', 'X', 'Z', 0) {
    @Override
    InputStream open(CompressedFile in, MemoryBudget memory) throws IOException, FaultException {
      return xz(in, memory, Liblzma.find());
    }
  },
  ZSTD(Compression.ZSTD, 0x28, 0xb5, 0x2f, 0xfd) {
    @Override
    InputStream open(CompressedFile in, MemoryBudget memory) throws IOException, FaultException {
      return zstd(in, memory);
    }
  },
  GZIP(Compression.GZIP, 0x1f, 0x8b) {
    @Override
    InputStream open(CompressedFile in, MemoryBudget memory) throws IOException, FaultException {
      return decoded(
          in,
          memory,
          0,
          () ->
              GzipCompressorInputStream.builder()
                  .setInputStream(in)
                  .setDecompressConcatenated(true)
                  .get());
    }
  },
  BZIP2(Compression.BZIP2, 'B', 'Z', 'h') {
    @Override
    InputStream open(CompressedFile in, MemoryBudget memory) throws IOException, FaultException {
      return decoded(in, memory, 6L << 20, () -> new BZip2CompressorInputStream(in, true));
    }
  },
  BR(Compression.BR) {
    @Override
    InputStream open(CompressedFile in, MemoryBudget memory) throws IOException, FaultException {
      // The largest window is 16 MiB, and its buffer has room for a dictionary word and more.
      return decoded(in, memory, 20L << 20, () -> new BrotliInputStream(in));
    }
  },
  LZMA(Compression.LZMA) {
    @Override
    InputStream open(CompressedFile in, MemoryBudget memory) throws IOException, FaultException {
      return sparing(in, memory, kib -> new LZMAInputStream(in, kib));
    }
  },
  LZ4(Compression.LZ4, 0x04, 0x22, 0x4d, 0x18) {
    @Override
    InputStream open(CompressedFile in, MemoryBudget memory) throws IOException, FaultException {
      // The largest block has 4 MiB.
      return decoded(in, memory, 12L << 20, () -> new FramedLZ4CompressorInputStream(in, true));
    }
  },
  COMPRESS(Compression.COMPRESS, 0x1f, 0x9d) {
    @Override
    InputStream open(CompressedFile in, MemoryBudget memory) throws IOException, FaultException {
      return decoded(in, memory, 1L << 20, () -> new ZCompressorInputStream(in, 1 << 10));
    }
  };

  /** For buffers, and for cutting a NAR into leaves. */
  private static final long BUFFERS = 4L << 20;

  /** A file of any level up to 6, Nix's own among them, takes less. */
  private static final int XZ_USUAL_KIB = 10 << 10;

  /** A file of level 9 needs 65 MiB. */
  private static final int XZ_MAX_KIB = 72 << 10;

  /** The headers of an xz file up to its first compressed byte: 12 bytes and at most 1024. */
  private static final int XZ_HEADERS = 2048;

  /** Below this the window is not worth telling apart: 8 MiB, that of level 19. */
  private static final int ZSTD_USUAL_WINDOW_LOG = 23;

  /** 128 MiB: what zstd itself bears without being told to. */
  private static final int ZSTD_MAX_WINDOW_LOG = 27;

  private static final int BUFFER = 1 << 16;

  private final Compression compression;
  private final String magic;

  Decoders(Compression compression, int... magic) {
    this.compression = compression;
    this.magic = new String(magic, 0, magic.length);
  }

  /** Makes a decoder, which may already read from the file. */
  @FunctionalInterface
  private interface Opening {
    InputStream open() throws IOException;
  }

  /** Makes a decoder that takes no more than so many KiB, or fails when it has to. */
  @FunctionalInterface
  private interface SparingOpening {
    InputStream open(int kib) throws IOException;
  }

  /** Opens a file at its beginning, which its magic has been checked against. */
  abstract InputStream open(CompressedFile in, MemoryBudget memory)
      throws IOException, FaultException;

  Compression compression() {
    return compression;
  }

  /** What every such file begins with; empty where there is nothing. */
  byte[] magic() {
    return magic.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** Whether Nix uploads such files, and so nothing else that begins like them. */
  boolean uploaded() {
    return switch (this) {
      case XZ, ZSTD, GZIP, BZIP2 -> true;
      case NONE, BR, LZMA, LZ4, COMPRESS -> false;
    };
  }

  /**
   * Tries with what nearly all files need, and with more only where a file says that it needs it.
   */
  private static InputStream sparing(CompressedFile in, MemoryBudget memory, SparingOpening opening)
      throws IOException, FaultException {
    in.mark(XZ_HEADERS);
    try {
      return sparing(in, XZ_USUAL_KIB, memory, opening);
    } catch (MemoryLimitException e) {
      if (e.getMemoryNeeded() > XZ_MAX_KIB) {
        throw new LimitExceededException("memory in KiB for an xz decoder", XZ_MAX_KIB);
      }
      in.reset();
      return sparing(in, e.getMemoryNeeded(), memory, opening);
    }
  }

  private static InputStream sparing(
      CompressedFile in, int kib, MemoryBudget memory, SparingOpening opening)
      throws IOException, FaultException {
    return decoded(
        in,
        memory,
        (long) kib << 10,
        () -> {
          BufferedInputStream decoder = new BufferedInputStream(opening.open(kib), 16);
          // The first byte has the decoder read what it needs.
          decoder.mark(1);
          decoder.read();
          decoder.reset();
          return decoder;
        });
  }

  /** By the system's library where there is one, else in Java. */
  static InputStream xz(CompressedFile in, MemoryBudget memory, Optional<Liblzma> library)
      throws IOException, FaultException {
    return library.isPresent()
        ? sparing(
            in, memory, kib -> new NativeXzStream(library.get(), in, (long) kib << 10, XZ_HEADERS))
        : sparing(in, memory, kib -> new XZInputStream(in, kib));
  }

  private static InputStream zstd(CompressedFile in, MemoryBudget memory)
      throws IOException, FaultException {
    in.mark(ZstdWindow.MAX_HEADER);
    long window = ZstdWindow.size(in.readNBytes(ZstdWindow.MAX_HEADER));
    in.reset();
    int log = ZSTD_USUAL_WINDOW_LOG;
    while (1L << log < window) {
      if (log == ZSTD_MAX_WINDOW_LOG) {
        throw new LimitExceededException("window of a zstd file", 1L << ZSTD_MAX_WINDOW_LOG);
      }
      log++;
    }
    int windowLog = log;
    return decoded(
        in,
        memory,
        1L << windowLog,
        () -> {
          ZstdInputStream zstd = new ZstdInputStream(in);
          // Binds the frames after the first one, too.
          zstd.setLongMax(windowLog);
          return zstd;
        });
  }

  private static InputStream decoded(
      CompressedFile in, MemoryBudget memory, long bytes, Opening opening)
      throws IOException, FaultException {
    MemoryBudget.Share share = memory.take(BUFFERS + bytes);
    try {
      return new BufferedInputStream(new DecodedFile(in, opening.open(), share), BUFFER);
    } catch (MemoryLimitException e) {
      share.close();
      throw e;
    } catch (IOException | RuntimeException e) {
      share.close();
      in.rethrow();
      throw DecodedFile.malformed(e);
    } catch (Error e) {
      share.close();
      throw e;
    }
  }
}
