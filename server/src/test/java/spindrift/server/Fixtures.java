package spindrift.server;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Sources for tests. */
final class Fixtures {
  private Fixtures() {}

  static ByteSource zeros(long size) {
    return new Zeros(size);
  }

  private record Zeros(long size) implements ByteSource {
    @Override
    public void writeTo(ByteSink sink, long from, long to) throws IOException {
      for (long at = from; at < to; ) {
        int piece = (int) Math.min(10_000, to - at);
        sink.write(ByteBuffer.allocate(piece));
        at += piece;
      }
    }
  }
}
