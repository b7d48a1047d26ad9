package spindrift.ipld;

import java.io.IOException;
import spindrift.base.FaultException;

/** Where finished blocks go. */
@FunctionalInterface
public interface BlockSink {
  /** Takes a block; children come before the nodes that link to them. */
  void accept(Block block) throws FaultException, IOException;
}
