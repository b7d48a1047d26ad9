package spindrift.substitute;

import java.io.IOException;
import java.util.Optional;
import spindrift.base.FaultException;
import spindrift.blocks.BlockReader;
import spindrift.catalog.BinaryCache;
import spindrift.nix.NixHash;

/**
 * Files that are here.
 *
 * @param shown the blocks that those who ask may have
 */
record LocalFiles(BinaryCache cache, BlockReader shown) implements FileSource {
  @Override
  public String name() {
    return "local";
  }

  @Override
  public Optional<Offer> find(NixHash hash) throws IOException, FaultException {
    return cache.files().file(hash, shown).map(Offer::new);
  }
}
