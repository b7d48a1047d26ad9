package spindrift.mount;

import java.util.Optional;
import spindrift.ipld.Cid;
import spindrift.nix.NixHash;
import spindrift.nix.StorePath;

/**
 * What the node says of a store path that it can give.
 *
 * @param narSize bytes of its NAR
 * @param narView of which the path's tree is read
 * @param treeView where it is known
 * @param proof whether the NAR that the view renders has been hashed
 * @param source where it comes from, for people
 */
public record PathRecord(
    StorePath path,
    NixHash narHash,
    long narSize,
    Cid narView,
    Optional<Cid> treeView,
    Proof proof,
    String source) {
  /** The source of what lies in the store of this machine. */
  public static final String LOCAL_STORE = "local store";

  /** Whether its files are on this machine. */
  boolean isInLocalStore() {
    return source.equals(LOCAL_STORE);
  }

  /** Whether it is known that a view is the one of its NAR. */
  public enum Proof {
    /** The NAR that it renders was hashed by this node. */
    PROVED,
    /**
     * It rests on who published it: each block is what its CID says, but the CIDs are not signed.
     */
    CLAIMED
  }
}
