package spindrift.server;

import java.io.IOException;
import spindrift.base.ByteSource;
import spindrift.base.ByteTarget;
import spindrift.base.Bytes;

/** Bytes in memory. */
record MemorySource(Bytes bytes) implements ByteSource {
  @Override
  public long size() {
    return bytes.size();
  }

  @Override
  public void writeTo(ByteTarget target, long from, long to) throws IOException {
    bytes.slice(Math.toIntExact(from), Math.toIntExact(to)).writeTo(target);
  }
}
