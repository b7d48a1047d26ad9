package spindrift.server;

import io.helidon.webserver.CloseConnectionException;
import java.io.IOException;
import java.io.InputStream;
import spindrift.base.FaultException;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;

/**
 * What a decoder makes of an upload, with all that goes wrong in it told apart from a client that
 * is gone. Gives the decoder's memory back when it is closed. For one thread.
 */
final class DecodedFile extends InputStream {
  /**
   * Ours: decoded bytes of one NAR, ten times the largest known; an upload of a few MB can decode
   * to any number of them. There is no limit to the ratio, since an image of an empty disk is
   * nothing but zeros.
   */
  static final long MAX_NAR = 1L << 38;

  private final InputStream decoder;
  private final MemoryBudget.Share share;
  private long left = MAX_NAR;
  private boolean closed;

  /** An upload is at fault; passes through code that only knows failing streams. */
  static final class UploadException extends IOException {
    private final transient FaultException fault;

    UploadException(FaultException fault) {
      super(fault);
      this.fault = fault;
    }

    FaultException fault() {
      return fault;
    }
  }

  /**
   * @param decoder reads from the upload; is closed with this
   */
  DecodedFile(InputStream decoder, MemoryBudget.Share share) {
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
    } catch (ClientGoneException | CloseConnectionException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      // Decoders meet damaged files with unchecked exceptions, too.
      throw new UploadException(
          new MalformedDataException("compressed upload", -1, String.valueOf(e.getMessage())));
    }
    left -= Math.max(0, size);
    if (left < 0) {
      throw new UploadException(new LimitExceededException("size of an uploaded NAR", MAX_NAR));
    }
    return size;
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
