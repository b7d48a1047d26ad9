package spindrift.substitute;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.Optional;
import java.util.OptionalInt;
import spindrift.base.Bytes;
import spindrift.base.FileRange;
import spindrift.base.IntegrityException;
import spindrift.blocks.BlockReader;
import spindrift.ipld.Cid;

/** The blocks on this machine, where one that cannot be read is one that peers are asked for. */
record LocalBlocks(Optional<BlockReader> blocks) {
  /** As if nothing were here. */
  static final LocalBlocks NONE = new LocalBlocks(Optional.empty());

  private static final System.Logger LOG = System.getLogger(LocalBlocks.class.getName());

  static LocalBlocks of(BlockReader blocks) {
    return new LocalBlocks(Optional.of(blocks));
  }

  OptionalInt size(Cid cid) {
    try {
      return blocks.isEmpty() ? OptionalInt.empty() : blocks.get().size(cid);
    } catch (IOException e) {
      unreadable(cid, e);
      return OptionalInt.empty();
    }
  }

  /** Where a leaf lies in a file; nobody has looked whether it does. */
  Optional<FileRange> range(Cid cid) {
    try {
      return blocks.isEmpty()
          ? Optional.empty()
          : blocks
              .get()
              .place(cid)
              .map(place -> new FileRange(place.file(), place.offset(), place.length()));
    } catch (IOException e) {
      unreadable(cid, e);
      return Optional.empty();
    }
  }

  Optional<Bytes> read(Cid cid) {
    try {
      return blocks.isEmpty() ? Optional.empty() : blocks.get().read(cid);
    } catch (IOException | IntegrityException e) {
      unreadable(cid, e);
      return Optional.empty();
    }
  }

  private static void unreadable(Cid cid, Exception why) {
    LOG.log(Level.WARNING, "cannot read block={0} why=\"{1}\"", cid, why.getMessage());
  }
}
