package spindrift.server;

import java.io.IOException;
import spindrift.base.Bytes;

/** Bytes in memory. */
record MemorySource(Bytes bytes) implements ByteSource {
  @Override
  public long size() {
    return bytes.size();
  }

  @Override
  public void writeTo(ByteSink sink, long from, long to) throws IOException {
    sink.write(bytes.slice(Math.toIntExact(from), Math.toIntExact(to)).asByteBuffer());
  }
}
