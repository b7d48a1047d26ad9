package spindrift.compression;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import spindrift.base.FaultException;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;
import spindrift.nix.Compression;

/**
 * A file decoded. Several members behind one another are one file where the format has it so;
 * anything else behind the last one is an error.
 *
 * <p>Each file first waits for the memory that its decoder will take, so that many at once take no
 * more than the budget. For one thread.
 *
 * @param content throws {@link DecodingException} where the file is at fault, and what the file
 *     throws
 */
public record Decompression(Compression compression, InputStream content) implements Closeable {
  /**
   * Ours: decoded bytes of one NAR, ten times the largest known; a file of a few MB can decode to
   * any number of them. There is no limit to the ratio, since an image of an empty disk is nothing
   * but zeros.
   */
  public static final long MAX_NAR = 1L << 38;

  private static final byte[] PLAIN = {13, 0, 0, 0, 0, 0, 0, 0};

  /**
   * Opens a file whose name does not say how it is compressed, such as one that Nix uploads; its
   * first bytes do. Of a NAR that is not compressed, the file itself.
   *
   * @throws MalformedDataException when the beginning is that of no format known here
   * @throws LimitExceededException when decoding would take too much memory
   */
  public static Decompression open(InputStream file, MemoryBudget memory)
      throws IOException, FaultException {
    CompressedFile in = CompressedFile.of(file);
    byte[] start = start(in);
    if (begins(start, PLAIN)) {
      return new Decompression(Compression.NONE, Decoders.NONE.open(in, memory));
    }
    for (Decoders decoder : Decoders.values()) {
      if (decoder.uploaded() && begins(start, decoder.magic())) {
        return new Decompression(decoder.compression(), decoder.open(in, memory));
      }
    }
    throw new MalformedDataException(
        "compressed file", 0, "neither a NAR nor one in xz, zstd, gzip or bzip2");
  }

  /**
   * Opens a file that is said to be compressed so. One that is not compressed need not be a NAR.
   *
   * @throws MalformedDataException when the beginning is that of another format
   * @throws LimitExceededException when decoding would take too much memory
   * @throws IllegalArgumentException when nobody {@link #canUndo} that
   */
  public static Decompression open(Compression said, InputStream file, MemoryBudget memory)
      throws IOException, FaultException {
    for (Decoders decoder : Decoders.values()) {
      if (decoder.compression() == said) {
        CompressedFile in = CompressedFile.of(file);
        if (decoder.magic().length > 0 && !begins(start(in), decoder.magic())) {
          throw new MalformedDataException("compressed file", 0, "not " + said.label());
        }
        return new Decompression(said, decoder.open(in, memory));
      }
    }
    throw new IllegalArgumentException("no decoder for " + said.label());
  }

  /** Whether files that are compressed so can be decoded. */
  public static boolean canUndo(Compression compression) {
    return Arrays.stream(Decoders.values())
        .anyMatch(decoder -> decoder.compression() == compression);
  }

  @Override
  public void close() throws IOException {
    content.close();
  }

  private static byte[] start(CompressedFile in) throws IOException {
    in.mark(ZstdWindow.MAX_HEADER);
    byte[] start = in.readNBytes(ZstdWindow.MAX_HEADER);
    in.reset();
    return start;
  }

  private static boolean begins(byte[] start, byte[] magic) {
    return start.length >= magic.length
        && Arrays.equals(start, 0, magic.length, magic, 0, magic.length);
  }
}
