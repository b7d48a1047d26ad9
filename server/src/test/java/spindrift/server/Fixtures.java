package spindrift.server;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import spindrift.base.ByteSource;
import spindrift.base.ByteTarget;
import spindrift.base.FaultException;

/** Sources for tests. */
final class Fixtures {
  private Fixtures() {}

  static ByteSource zeros(long size) {
    return new Zeros(size);
  }

  static ByteSource ofFile(Path file, long offset, long size) {
    return new FileRange(file, offset, size);
  }

  static ByteSource concat(List<ByteSource> parts) {
    return new Parts(parts, parts.stream().mapToLong(ByteSource::size).sum());
  }

  private record Zeros(long size) implements ByteSource {
    @Override
    public void writeTo(ByteTarget target, long from, long to) throws IOException {
      for (long at = from; at < to; ) {
        int piece = (int) Math.min(10_000, to - at);
        target.write(new byte[piece], 0, piece);
        at += piece;
      }
    }
  }

  private record FileRange(Path file, long offset, long size) implements ByteSource {
    @Override
    public void writeTo(ByteTarget target, long from, long to) throws IOException {
      try (FileChannel channel = FileChannel.open(file)) {
        target.transfer(channel, offset + from, to - from);
      }
    }
  }

  private record Parts(List<ByteSource> parts, long size) implements ByteSource {
    @Override
    public void writeTo(ByteTarget target, long from, long to) throws IOException, FaultException {
      long start = 0;
      for (ByteSource part : parts) {
        long end = start + part.size();
        if (start < to && end > from) {
          part.writeTo(target, Math.max(0, from - start), Math.min(end, to) - start);
        }
        start = end;
      }
    }
  }
}
