package spindrift.compression;

import java.io.IOException;
import java.io.InputStream;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;

/**
 * What a decoder makes of a file, with all that goes wrong in it told apart from failures of what
 * gives the file. Gives the decoder's memory back when it is closed. For one thread.
 */
final class DecodedFile extends InputStream {
  private final CompressedFile file;
  private final InputStream decoder;
  private final MemoryBudget.Share share;
  private long left = Decompression.MAX_NAR;
  private boolean closed;

  /**
   * @param decoder reads from the file; is closed with this
   */
  DecodedFile(CompressedFile file, InputStream decoder, MemoryBudget.Share share) {
    this.file = file;
    this.decoder = decoder;
    this.share = share;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int from, int length) throws IOException {
    int size;
    try {
      size = decoder.read(buffer, from, length);
    } catch (IOException | RuntimeException e) {
      // Decoders meet damaged files with unchecked exceptions, too.
      file.rethrow();
      throw new DecodingException(malformed(e));
    }
    left -= Math.max(0, size);
    if (left < 0) {
      throw new DecodingException(
          new LimitExceededException("size of a NAR", Decompression.MAX_NAR));
    }
    return size;
  }

  static MalformedDataException malformed(Exception why) {
    return new MalformedDataException("compressed file", -1, String.valueOf(why.getMessage()));
  }

  @Override
  public void close() throws IOException {
    if (!closed) {
      closed = true;
      try {
        decoder.close();
      } finally {
        share.close();
      }
    }
  }
}
