package spindrift.p2p;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/** A wire as two streams, for what is negotiated on it before it is encrypted. */
final class WireStreams {
  private WireStreams() {}

  /** Reads from the wire, and never more than asked for. */
  static InputStream in(Wire wire) {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] buffer, int from, int length) throws IOException {
        // Asked for nothing, a wire may wait all the same.
        return length == 0 ? 0 : wire.read(ByteBuffer.wrap(buffer, from, length));
      }
    };
  }

  /** Writes to the wire at once. */
  static OutputStream out(Wire wire) {
    return new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
      }

      @Override
      public void write(byte[] buffer, int from, int length) throws IOException {
        wire.write(ByteBuffer.wrap(buffer, from, length));
      }
    };
  }
}
