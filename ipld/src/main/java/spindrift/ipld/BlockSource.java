package spindrift.ipld;

import java.io.IOException;
import spindrift.base.AbsentException;
import spindrift.base.Bytes;
import spindrift.base.FaultException;

/** Where blocks come from. */
@FunctionalInterface
public interface BlockSource {
  /**
   * The bytes of a block, proved to be those that the CID names.
   *
   * @throws AbsentException when the block is not to be had
   */
  Bytes load(Cid cid) throws FaultException, IOException;
}
