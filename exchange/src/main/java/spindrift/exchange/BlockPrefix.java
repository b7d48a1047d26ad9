package spindrift.exchange;

import java.security.MessageDigest;
import java.util.Optional;
import spindrift.base.ByteReader;
import spindrift.base.Bytes;
import spindrift.base.Digests;
import spindrift.base.MalformedDataException;
import spindrift.base.Multihash;
import spindrift.base.Varint;
import spindrift.ipld.Cid;

/**
 * A CID without its digest: it comes with a block, whose hash makes the rest.
 *
 * @param digestSize in bytes; 0…{@link Multihash#MAX_DIGEST_BYTES}
 */
record BlockPrefix(int version, long codec, long function, int digestSize) {
  /** Four varints. */
  static final int MAX_BYTES = 4 * 9;

  /** What blocks of version 1.0 have: they come bare. */
  static final BlockPrefix V0 = new BlockPrefix(0, Cid.DAG_PB, Multihash.SHA2_256, 32);

  static BlockPrefix of(Cid cid) {
    return new BlockPrefix(
        cid.version(), cid.codec(), cid.hash().code(), cid.hash().digest().size());
  }

  static BlockPrefix read(ByteReader in) throws MalformedDataException {
    long version = in.readVarint();
    long codec = in.readVarint();
    long function = in.readVarint();
    long digestSize = in.readVarint();
    in.expectEnd();
    if (version > 1) {
      throw in.malformed("CID version " + version);
    }
    if (digestSize > Multihash.MAX_DIGEST_BYTES) {
      throw in.malformed("digest of " + digestSize + " bytes");
    }
    return new BlockPrefix((int) version, codec, function, (int) digestSize);
  }

  Bytes toBytes() {
    byte[] out = new byte[MAX_BYTES];
    int end = Varint.write(version, out, 0);
    end = Varint.write(codec, out, end);
    end = Varint.write(function, out, end);
    return Bytes.copyOf(out, 0, Varint.write(digestSize, out, end));
  }

  /** Whether the hash of a block with this CID can be computed here and proves anything. */
  static boolean canProve(Cid cid) {
    boolean longEnough = cid.hash().digest().size() >= Multihash.MIN_PROOF_BYTES;
    return cid.isIdentity() || (longEnough && digest(cid.hash().code()).isPresent());
  }

  /** The hash of a block by this prefix; empty where it cannot be computed or proves nothing. */
  Optional<Multihash> hash(byte[] block) {
    if (function == Multihash.IDENTITY) {
      return block.length <= Multihash.MAX_IDENTITY_BYTES
          ? Optional.of(Multihash.identity(Bytes.copyOf(block)))
          : Optional.empty();
    }
    if (digestSize < Multihash.MIN_PROOF_BYTES) {
      return Optional.empty();
    }
    return digest(function)
        .map(digest -> Bytes.owning(digest.digest(block)))
        .filter(digest -> digestSize <= digest.size())
        .map(digest -> new Multihash(function, digest.slice(0, digestSize)));
  }

  private static Optional<MessageDigest> digest(long function) {
    if (function == Multihash.SHA2_256) {
      return Optional.of(Digests.sha256());
    }
    if (function == Multihash.SHA1) {
      return Optional.of(Digests.sha1());
    }
    if (function == Multihash.SHA2_512) {
      return Optional.of(Digests.sha512());
    }
    return Optional.empty();
  }
}
