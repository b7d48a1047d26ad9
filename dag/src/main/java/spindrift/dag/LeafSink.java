package spindrift.dag;

import java.io.IOException;
import spindrift.base.FaultException;
import spindrift.ipld.Cid;

/** Is told of each leaf that a file is cut into, in order. */
@FunctionalInterface
public interface LeafSink {
  /**
   * @param cid of a raw block with these bytes
   * @param buffer holds the leaf; it may be overwritten when this call has returned
   * @param from where the leaf begins in the buffer
   * @param length bytes, 1…1 MiB; 0 only for the one leaf of an empty file
   * @param offset where the leaf begins in its file
   */
  void leaf(Cid cid, byte[] buffer, int from, int length, long offset)
      throws IOException, FaultException;
}
