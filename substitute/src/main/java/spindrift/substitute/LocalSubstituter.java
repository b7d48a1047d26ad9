package spindrift.substitute;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import spindrift.base.ByteSource;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.blocks.BlockReader;
import spindrift.catalog.BinaryCache;
import spindrift.dag.DagFile;
import spindrift.ipld.BlockSource;
import spindrift.ipld.Cid;
import spindrift.nix.NixHash;

/** What is here, and nothing else. */
record LocalSubstituter(BinaryCache cache) implements Substituter {
  @Override
  public Optional<Bytes> narInfoText(String hashPart) throws IOException, FaultException {
    return cache.narInfoText(hashPart);
  }

  @Override
  public Optional<ByteSource> nar(NixHash narHash, Optional<String> hashPart)
      throws IOException, FaultException {
    return cache.nar(narHash, hashPart);
  }

  @Override
  public Optional<ByteSource> uncheckedNar(NixHash narHash, String hashPart)
      throws IOException, FaultException {
    return cache.uncheckedNar(narHash, hashPart);
  }

  @Override
  public BlockSource blocks(BlockReader here) {
    return here;
  }

  @Override
  public ByteSource file(Cid cid, BlockReader here) throws IOException, FaultException {
    return DagFile.open(cid, here);
  }

  @Override
  public List<Transfer> transfers() {
    return List.of();
  }
}
