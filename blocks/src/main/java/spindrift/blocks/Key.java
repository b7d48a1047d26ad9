package spindrift.blocks;

import java.nio.ByteBuffer;
import spindrift.base.Bytes;
import spindrift.base.Digests;
import spindrift.ipld.Cid;

/**
 * The 32 bytes by which a block is found, in four words, big-endian: the digest of a full SHA-256
 * multihash; for every other multihash, the complement of its own SHA-256. The complement keeps the
 * two apart: to make a block whose digest is another block's key would take a preimage of SHA-256.
 */
record Key(long a, long b, long c, long d) {
  static final int BYTES = 32;

  static Key of(Cid cid) {
    if (cid.isSha256()) {
      return of(cid.digest().toArray());
    }
    Key hashed = of(Digests.sha256(cid.hash().toBytes()).toArray());
    return new Key(~hashed.a, ~hashed.b, ~hashed.c, ~hashed.d);
  }

  static Key of(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    return new Key(in.getLong(), in.getLong(), in.getLong(), in.getLong());
  }

  byte[] toArray() {
    return ByteBuffer.allocate(BYTES).putLong(a).putLong(b).putLong(c).putLong(d).array();
  }

  @Override
  public String toString() {
    return Bytes.owning(toArray()).hex();
  }
}
