package spindrift.server;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import spindrift.base.FaultException;

/** Sources one after another; a range starts at the right part without a walk past the others. */
final class ConcatSource implements ByteSource {
  private final List<ByteSource> parts;

  /** Where each part ends; ascending, as long as {@code parts}. */
  private final long[] ends;

  private ConcatSource(List<ByteSource> parts, long[] ends) {
    this.parts = parts;
    this.ends = ends;
  }

  static ConcatSource of(List<? extends ByteSource> parts) {
    List<ByteSource> copy = List.copyOf(parts);
    long[] ends = new long[copy.size()];
    long end = 0;
    for (int i = 0; i < ends.length; i++) {
      end = Math.addExact(end, copy.get(i).size());
      ends[i] = end;
    }
    return new ConcatSource(copy, ends);
  }

  @Override
  public long size() {
    return ends.length == 0 ? 0 : ends[ends.length - 1];
  }

  @Override
  public void writeTo(ByteSink sink, long from, long to) throws IOException, FaultException {
    Objects.checkFromToIndex(from, to, size());
    long at = from;
    for (int i = partAt(from); at < to; i++) {
      long start = i == 0 ? 0 : ends[i - 1];
      long end = Math.min(to, ends[i]);
      if (at < end) {
        parts.get(i).writeTo(sink, at - start, end - start);
        at = end;
      }
    }
  }

  /** The index of a part that ends after {@code offset}, or of an empty one just before it. */
  private int partAt(long offset) {
    int found = Arrays.binarySearch(ends, offset);
    return found >= 0 ? found : -found - 1;
  }
}
