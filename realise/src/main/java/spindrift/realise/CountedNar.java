package spindrift.realise;

import java.io.FilterInputStream;
import java.io.IOException;
import java.util.function.LongConsumer;
import java.util.function.ObjLongConsumer;
import spindrift.nix.PathInfo;

/** A NAR while it is read. For one thread. */
final class CountedNar extends FilterInputStream {
  private final ObjectSource.Nar nar;
  private final ObjLongConsumer<PathInfo> progress;
  private final LongConsumer local;
  private final PathInfo info;

  /**
   * @param progress is told of bytes that were read
   * @param local is told at the end of those that did not come over the network
   */
  CountedNar(
      ObjectSource.Nar nar, ObjLongConsumer<PathInfo> progress, LongConsumer local, PathInfo info) {
    super(nar.bytes());
    this.nar = nar;
    this.progress = progress;
    this.local = local;
    this.info = info;
  }

  @Override
  public int read() throws IOException {
    int value = super.read();
    if (value >= 0) {
      progress.accept(info, 1);
    }
    return value;
  }

  @Override
  public int read(byte[] target, int from, int size) throws IOException {
    int count = super.read(target, from, size);
    if (count > 0) {
      progress.accept(info, count);
    }
    return count;
  }

  @Override
  public void close() throws IOException {
    try (nar) {
      local.accept(nar.localBytes());
    }
  }
}
