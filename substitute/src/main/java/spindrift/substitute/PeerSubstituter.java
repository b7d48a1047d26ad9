package spindrift.substitute;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import spindrift.base.ByteSource;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.blocks.BlockReader;
import spindrift.catalog.TrustPolicy;
import spindrift.dag.DagFile;
import spindrift.exchange.Bitswap;
import spindrift.ipld.BlockSource;
import spindrift.ipld.Cid;
import spindrift.nix.StoreDir;
import spindrift.p2p.Host;

/** What connected peers have, behind what is here. Whoever starts it closes it. */
public final class PeerSubstituter implements AutoCloseable {

  private final Supply supply;
  private final PeerLookup lookup;
  private final PeerBlocks blocks;

  /**
   * What is here.
   *
   * @param trusted what is believed of that which peers say
   */
  public record Local(BlockReader blocks, StoreDir storeDir, TrustPolicy trusted) {}

  PeerSubstituter(Local local, Peers peers, FetchSettings settings) {
    PeerIndex index = new PeerIndex(peers, local.trusted(), settings, System::nanoTime);
    Attendance attendance = new Attendance();
    Invitations invitations = new Invitations(peers, index);
    this.supply =
        new Supply(
            peers,
            index,
            new Judge(peers, index, local.trusted(), new Suspicions(), new UnknownHealth()),
            attendance,
            invitations,
            local.blocks(),
            new UnknownHealth(),
            new WindowBudget(WindowBudget.TOTAL_BYTES),
            new TransferLog(History.NONE),
            settings);
    this.lookup = new PeerLookup(peers, index, settings, System::nanoTime);
    this.blocks = new PeerBlocks(peers, settings.idle());
    List.of(attendance, lookup, invitations).forEach(peers::addListener);
  }

  /** Fetches by these from now on; they outlive this. */
  public static PeerSubstituter start(
      Local local, Host host, Bitswap bitswap, LookupClient lookup) {
    return new PeerSubstituter(local, new HostPeers(host, bitswap, lookup), FetchSettings.DEFAULTS);
  }

  Supply supply() {
    return supply;
  }

  PeerLookup lookup() {
    return lookup;
  }

  /**
   * Blocks from here, else from connected peers.
   *
   * @param here those that the caller may have
   */
  BlockSource blocks(BlockReader here) {
    LocalBlocks first = LocalBlocks.of(here);
    return cid -> {
      Optional<Bytes> block = first.read(cid);
      return block.isPresent() ? block.get() : blocks.load(cid);
    };
  }

  /** The contents of a UnixFS file, as {@link Substituter#file} has it. */
  ByteSource file(Cid cid, BlockReader here) throws IOException, FaultException {
    Bytes root = cid.isIdentity() ? cid.digest() : blocks(here).load(cid);
    long size = DagFile.open(cid, any -> root).size();
    FileSpan whole = new FileSpan(cid, Optional.of(root), size, 0, size);
    return new PeerFile(whole, LocalBlocks.of(blocks.over(here)), blocks(here), supply);
  }

  /** Files by the hash of their contents. */
  FileSource files(BlockReader here) {
    return new PeerFiles(
        supply.peers(), supply.settings(), cid -> file(cid, here), System::nanoTime);
  }

  /** Ends what is under way. */
  @Override
  public void close() {
    blocks.close();
  }
}
