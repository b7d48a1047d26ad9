package spindrift.realise;

import java.io.FilterInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.function.ObjLongConsumer;
import spindrift.base.FileRange;
import spindrift.base.RangedInput;
import spindrift.nix.PathInfo;

/** A NAR while it is read. For one thread. */
final class CountedNar extends FilterInputStream implements RangedInput {
  private final ObjectSource.Nar nar;
  private final ObjLongConsumer<PathInfo> progress;
  private final LongConsumer local;
  private final PathInfo info;
  private long count;

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
      count++;
      progress.accept(info, 1);
    }
    return value;
  }

  @Override
  public int read(byte[] target, int from, int size) throws IOException {
    int read = super.read(target, from, size);
    if (read > 0) {
      count += read;
      progress.accept(info, read);
    }
    return read;
  }

  @Override
  public Optional<FileRange> range() throws IOException {
    return in instanceof RangedInput ranged ? ranged.range() : Optional.empty();
  }

  @Override
  public void readFrom(Path same) throws IOException {
    if (in instanceof RangedInput ranged) {
      ranged.readFrom(same);
    }
  }

  /** Takes back what was told of: it will be read again. */
  void takeBack() {
    progress.accept(info, -count);
  }

  @Override
  public void close() throws IOException {
    try (nar) {
      local.accept(nar.localBytes());
    }
  }
}
