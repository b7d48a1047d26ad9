package spindrift.catalog;

import java.time.Instant;
import java.util.Optional;
import spindrift.base.Bytes;
import spindrift.ipld.Cid;
import spindrift.nix.NarInfo;
import spindrift.nix.StorePath;

/**
 * What the node knows of a store object: its narinfo as signed, and the CIDs of its two views.
 *
 * @param narInfo with {@code URL}, {@code Compression}, {@code FileHash} and {@code FileSize} of
 *     the uncompressed NAR, all signatures, and the {@code IpfsCid} and {@code IpfsTree} lines
 * @param narView the UnixFS file whose bytes are the NAR
 * @param treeView the UnixFS DAG of the file tree
 * @param origin where its bytes came from
 * @param pin whether it may be given up
 * @param treeFingerprint the {@link TreeFingerprint} under which the files in the local store were
 *     last found to have this NAR hash; empty where they never were
 * @param added when the record was first written
 * @param used when its NAR was last asked for
 */
public record CatalogRecord(
    NarInfo narInfo,
    Cid narView,
    Cid treeView,
    Origin origin,
    Pin pin,
    Optional<Bytes> treeFingerprint,
    Instant added,
    Instant used) {

  /** Where a store object came from. */
  public enum Origin {
    /** The Nix store of this machine; its leaves are references into files there. */
    STORE,
    /** A client pushed it; its leaves are kept here. */
    UPLOAD
  }

  /** Whether a record may be given up to make room. */
  public enum Pin {
    /** Kept until it is unpinned. */
    PINNED,
    /** May go, least recently used first, when the quota is reached. */
    UNPINNED
  }

  public StorePath path() {
    return narInfo.path();
  }

  public Views views() {
    return new Views(narView, treeView);
  }

  /** The same with another narinfo of the same object. */
  public CatalogRecord withNarInfo(NarInfo changed) {
    return new CatalogRecord(changed, narView, treeView, origin, pin, treeFingerprint, added, used);
  }
}
