package spindrift.upstream;

import java.io.Closeable;
import java.io.IOException;
import spindrift.base.FaultException;

/** A NAR on its way from an upstream, uncompressed. For one thread, but for {@link #close}. */
public interface NarStream extends Closeable {
  /**
   * Reads some bytes; waits for them no longer than the upstream may stall.
   *
   * @return how many; -1 when the upstream ended it properly, which does not mean that it was whole
   * @throws IOException when the connection fails, stalls, or ends early
   * @throws FaultException when what comes cannot be uncompressed
   */
  int read(byte[] buffer, int from, int length) throws IOException, FaultException;

  /** How many bytes have come over the network so far: as they were sent, compressed. */
  long transferredBytes();

  /** Drops what has not come yet. Whoever reads gets an {@link IOException}. */
  @Override
  void close();
}
