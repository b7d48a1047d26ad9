package spindrift.exchange;

import java.io.IOException;
import java.util.Optional;
import java.util.OptionalInt;
import spindrift.base.Bytes;
import spindrift.base.IntegrityException;
import spindrift.ipld.Cid;

/** The blocks that peers may have. To a peer, one that is private looks like one that is absent. */
public interface SharedBlocks {
  /** The size of a block in bytes; empty where it is absent or private. */
  OptionalInt size(Cid cid) throws IOException;

  /** A block, proved; empty where it is absent or private. */
  Optional<Bytes> read(Cid cid) throws IOException, IntegrityException;
}
