package spindrift.ipld;

import spindrift.base.Bytes;
import spindrift.base.Multihash;

/** Some bytes and the CID that names them; whoever makes one vouches that they belong together. */
public record Block(Cid cid, Bytes bytes) {
  /**
   * The largest block that is read or written: the 2 MiB that every Bitswap peer must take, and
   * room for the framing of a leaf of 2 MiB in DAG-PB.
   */
  public static final int MAX_BYTES = (2 << 20) + (4 << 10);

  /** Hashes bytes with SHA-256 into a block with a version 1 CID. */
  public static Block of(long codec, Bytes bytes) {
    return new Block(Cid.of(codec, Multihash.sha256Of(bytes)), bytes);
  }

  /** A raw leaf. */
  public static Block raw(Bytes bytes) {
    return of(Cid.RAW, bytes);
  }

  /** A DAG-PB node. */
  public static Block dagPb(PbNode node) {
    return of(Cid.DAG_PB, DagPb.encode(node));
  }
}
