package spindrift.upstream;

import java.lang.System.Logger.Level;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.MalformedDataException;
import spindrift.compression.Decompression;
import spindrift.nix.Compression;
import spindrift.nix.NarInfo;
import spindrift.nix.StoreDir;

/**
 * Whether what an upstream gives for a narinfo is one that can be used. Safe for several threads.
 */
final class NarInfoCheck {
  private static final System.Logger LOG = System.getLogger(NarInfoCheck.class.getName());

  private final String name;
  private final StoreDir store;
  private final Set<Compression> told = EnumSet.noneOf(Compression.class);

  NarInfoCheck(String name, StoreDir store) {
    this.name = name;
    this.store = store;
  }

  /** Reads a narinfo; empty when nobody here can undo its compression. */
  Optional<NarInfo> read(String hashPart, Bytes text) throws FaultException {
    NarInfo info = NarInfo.parse(store, text);
    if (!info.path().hashPart().equals(hashPart)) {
      throw new MalformedDataException(
          "narinfo", -1, "asked for " + hashPart + ", it is of " + info.path().baseName());
    }
    if (!Decompression.canUndo(info.compression())) {
      tell(info.compression());
      return Optional.empty();
    }
    return Optional.of(info);
  }

  private synchronized void tell(Compression compression) {
    if (told.add(compression)) {
      LOG.log(
          Level.WARNING,
          "passed-over narinfos upstream={0} compression={1} why=nobody here can undo it",
          name,
          compression.label());
    }
  }
}
