package spindrift.substitute;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import spindrift.base.Bytes;
import spindrift.base.MalformedDataException;

/** Messages on a stream, each behind its length as a varint. */
final class MessageStream {
  private static final int MAX_LENGTH_BYTES = 4;

  private MessageStream() {}

  /**
   * The next message; empty where the stream has ended before it.
   *
   * @param what for the message of an error
   * @throws EOFException when the stream ends within a message
   * @throws MalformedDataException when its length says that it is longer than allowed; no memory
   *     was taken for it
   */
  static Optional<Bytes> read(InputStream in, int maxBytes, String what)
      throws IOException, MalformedDataException {
    long length = 0;
    for (int i = 0; ; i++) {
      int b = in.read();
      if (b < 0 && i == 0) {
        return Optional.empty();
      }
      if (b < 0) {
        throw new EOFException(what + " ends within a length");
      }
      length |= (long) (b & 0x7f) << (7 * i);
      if (b < 0x80) {
        if (b == 0 && i > 0) {
          throw new MalformedDataException(what, -1, "a length not in its shortest form");
        }
        break;
      }
      if (i == MAX_LENGTH_BYTES - 1) {
        throw tooLong(what, maxBytes);
      }
    }
    if (length > maxBytes) {
      throw tooLong(what, maxBytes);
    }
    // Memory grows with what comes, not with what was announced.
    byte[] bytes = in.readNBytes((int) length);
    if (bytes.length < length) {
      throw new EOFException(what + " ends " + (length - bytes.length) + " bytes early");
    }
    return Optional.of(Bytes.owning(bytes));
  }

  private static MalformedDataException tooLong(String what, int maxBytes) {
    return new MalformedDataException(what, -1, "a message of more than " + maxBytes + " bytes");
  }
}
