package spindrift.catalog;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** A stream that is read at a {@link Pace}. */
final class PacedStream extends FilterInputStream {
  private final Pace pace;

  PacedStream(InputStream in, Pace pace) {
    super(in);
    this.pace = pace;
  }

  @Override
  public int read() throws IOException {
    pace.step();
    return in.read();
  }

  @Override
  public int read(byte[] buffer, int from, int length) throws IOException {
    pace.step();
    return in.read(buffer, from, length);
  }
}
