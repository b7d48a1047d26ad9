package spindrift.server;

import com.github.luben.zstd.ZstdIOException;
import com.github.luben.zstd.ZstdInputStream;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.tukaani.xz.XZIOException;
import org.tukaani.xz.XZInputStream;
import spindrift.base.MalformedDataException;
import spindrift.nix.Compression;

/**
 * An uploaded file decoded, told by its first bytes: the names under which Nix uploads do not say
 * how a file is compressed.
 */
record Decompression(Compression compression, InputStream content) implements Closeable {
  /** KiB for one xz decoder: a file of level 9 needs 65 MiB. */
  private static final int XZ_MEMORY_KIB = 96 << 10;

  /** The largest zstd window: 128 MiB, as zstd itself bears without being told to. */
  private static final int ZSTD_WINDOW_LOG = 27;

  private static final int BUFFER = 1 << 16;
  private static final byte[] PLAIN = {13, 0, 0, 0, 0, 0, 0, 0};
  private static final byte[] XZ = {(byte) 0xfd, '7', 'z', 'X', 'Z', 0};
  private static final byte[] ZSTD = {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd};
  private static final byte[] GZIP = {0x1f, (byte) 0x8b};
  private static final byte[] BZIP2 = {'B', 'Z', 'h'};

  /**
   * Opens a file that is being received: of a NAR that is not compressed, the file itself.
   *
   * @throws MalformedDataException when the beginning is that of no format known here
   */
  static Decompression open(InputStream file) throws IOException, MalformedDataException {
    BufferedInputStream in = new BufferedInputStream(file, BUFFER);
    in.mark(PLAIN.length);
    byte[] start = in.readNBytes(PLAIN.length);
    in.reset();
    if (begins(start, PLAIN)) {
      return new Decompression(Compression.NONE, in);
    }
    try {
      if (begins(start, XZ)) {
        return new Decompression(Compression.XZ, new XZInputStream(in, XZ_MEMORY_KIB));
      }
      if (begins(start, ZSTD)) {
        ZstdInputStream zstd = new ZstdInputStream(in);
        zstd.setLongMax(ZSTD_WINDOW_LOG);
        return new Decompression(Compression.ZSTD, new BufferedInputStream(zstd, BUFFER));
      }
      if (begins(start, GZIP)) {
        return new Decompression(Compression.GZIP, new GZIPInputStream(in, BUFFER));
      }
      if (begins(start, BZIP2)) {
        return new Decompression(Compression.BZIP2, new BZip2CompressorInputStream(in, true));
      }
    } catch (IOException e) {
      throw malformedOr(e);
    }
    throw new MalformedDataException(
        "upload", 0, "neither a NAR nor one in xz, zstd, gzip or bzip2");
  }

  @Override
  public void close() throws IOException {
    content.close();
  }

  /** Tells a file that cannot be decoded from a client that cannot be read from. */
  static MalformedDataException malformedOr(IOException e) throws IOException {
    boolean decoder =
        e instanceof XZIOException
            || e instanceof ZstdIOException
            || e instanceof ZipException
            || e instanceof EOFException
            || isFromBzip2(e);
    if (decoder && !(e instanceof ClientGoneException)) {
      return new MalformedDataException("compressed upload", -1, String.valueOf(e.getMessage()));
    }
    throw e;
  }

  /** Its decoder throws nothing more telling than IOException. */
  private static boolean isFromBzip2(IOException e) {
    StackTraceElement[] trace = e.getStackTrace();
    return trace.length > 0 && trace[0].getClassName().startsWith("org.apache.commons.compress");
  }

  private static boolean begins(byte[] start, byte[] magic) {
    return start.length >= magic.length
        && Arrays.equals(start, 0, magic.length, magic, 0, magic.length);
  }
}
