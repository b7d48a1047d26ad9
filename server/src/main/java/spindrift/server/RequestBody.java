package spindrift.server;

import io.helidon.common.buffers.DataReader;
import io.helidon.webserver.CloseConnectionException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;

/** A request body of known length; turns the ways that the web server reports its loss into one. */
final class RequestBody extends InputStream {
  private final InputStream in;
  private long remaining;

  RequestBody(InputStream in, long length) {
    this.in = in;
    this.remaining = length;
  }

  long remaining() {
    return remaining;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, target.length);
    if (length == 0) {
      return 0;
    }
    if (remaining == 0) {
      return -1;
    }
    int size;
    try {
      size = in.read(target, offset, (int) Math.min(length, remaining));
    } catch (CloseConnectionException | DataReader.InsufficientDataAvailableException e) {
      throw lost();
    }
    if (size < 0) {
      throw lost();
    }
    remaining -= size;
    return size;
  }

  private ClientGoneException lost() {
    return new ClientGoneException("the upload stopped " + remaining + " bytes before its end");
  }
}
