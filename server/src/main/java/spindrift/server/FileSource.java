package spindrift.server;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Objects;

/** A range of a file, which is open only while it is sent. */
record FileSource(Path file, long offset, long size) implements ByteSource {
  FileSource {
    if (offset < 0 || size < 0 || offset + size < 0) {
      throw new IllegalArgumentException("not a range of a file: " + offset + "+" + size);
    }
  }

  @Override
  public void writeTo(ByteSink sink, long from, long to) throws IOException {
    Objects.checkFromToIndex(from, to, size);
    if (from == to) {
      return;
    }
    try (FileChannel channel = FileChannel.open(file)) {
      sink.write(channel, offset + from, to - from);
    }
  }
}
