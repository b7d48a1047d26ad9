package spindrift.base;

import java.io.IOException;

/**
 * Bytes of a known size that can be produced, whole or in part, any number of times. A source holds
 * no open resource between calls; several threads may use it at once.
 */
public interface ByteSource {
  /** How many bytes there are. */
  long size();

  /**
   * Writes the bytes from {@code from} (inclusive) to {@code to} (exclusive).
   *
   * <p>When this throws, the target may have received some of them: whoever sends them on must not
   * end cleanly.
   *
   * @throws FaultException when the bytes turn out not to be those promised
   */
  void writeTo(ByteTarget target, long from, long to) throws IOException, FaultException;
}
