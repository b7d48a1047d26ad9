package spindrift.substitute;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import spindrift.base.ByteSource;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.blocks.BlockReader;
import spindrift.catalog.BinaryCache;
import spindrift.ipld.BlockSource;
import spindrift.ipld.Cid;
import spindrift.nix.NixHash;

/**
 * The node as one substituter: what is here, else what others have. Safe for use by several
 * threads.
 */
public interface Substituter {
  /** One for a node without peers. */
  static Substituter local(BinaryCache cache) {
    return new LocalSubstituter(cache);
  }

  /** The text of the narinfo of the path with this hash part, once it has passed the trust gate. */
  Optional<Bytes> narInfoText(String hashPart) throws IOException, FaultException;

  /** As {@link #narInfoText}, for one who does not want the NAR next: none is fetched ahead. */
  default Optional<Bytes> narInfoTextAlone(String hashPart) throws IOException, FaultException {
    return narInfoText(hashPart);
  }

  /**
   * The NAR with a hash. Bytes from others are passed on as they come; the last is held back until
   * the hash has come out right.
   *
   * @param hashPart of a path that has it, where the client said so
   */
  Optional<ByteSource> nar(NixHash narHash, Optional<String> hashPart)
      throws IOException, FaultException;

  /**
   * As {@link #nar}, for a client on this machine who hashes what he gets: nothing is held back,
   * and a target that takes ranges of files gets those of what lies here. The bytes of either may
   * be wrong; whoever finds them so asks for {@link #nar}, which finds out whose fault it is.
   */
  default Optional<ByteSource> uncheckedNar(NixHash narHash, String hashPart)
      throws IOException, FaultException {
    return nar(narHash, Optional.of(hashPart));
  }

  /**
   * A small file of other caches that is no store object: a log, a listing, a realisation. What is
   * here is for the caller to look at first.
   *
   * @param name its path in a cache
   * @param maxBytes larger ones are absent
   * @param form what it has to look like to be used and kept
   */
  default Optional<Bytes> document(String name, int maxBytes, DocumentForm form)
      throws IOException {
    return Optional.empty();
  }

  /**
   * Blocks from here, else from connected peers.
   *
   * @param here those that the caller may have
   */
  BlockSource blocks(BlockReader here);

  /**
   * The contents of a UnixFS file from here, else from connected peers, which are asked for blocks
   * ahead of the reader.
   *
   * @param here the blocks that the caller may have
   * @throws spindrift.base.MalformedDataException when the CID names something else
   */
  ByteSource file(Cid cid, BlockReader here) throws IOException, FaultException;

  /** The names of upstreams that come after all others, since they gave wrong NARs lately. */
  default List<String> distrusted() {
    return List.of();
  }

  /** Transfers under way and those that ended lately, newest first. */
  List<Transfer> transfers();
}
