package spindrift.ipld;

import java.util.Comparator;
import spindrift.base.ByteReader;
import spindrift.base.Bytes;
import spindrift.base.Excerpt;
import spindrift.base.IntegrityException;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;
import spindrift.base.Multibase;
import spindrift.base.Multihash;
import spindrift.base.Varint;

/**
 * A content identifier: the hash of a block and how the block is to be read.
 *
 * <p>Version 0 is a bare SHA-256 multihash of a DAG-PB block and is never equal to the version 1
 * CID of the same block. Cheap as a map key, also for keys chosen by an attacker: it has an order.
 *
 * @param version 0 or 1
 * @param codec the block's format in the multicodec table
 * @see <a href="https://github.com/multiformats/cid/blob/master/README.md">CID</a>
 */
public record Cid(int version, long codec, Multihash hash) implements Comparable<Cid> {
  public static final long RAW = 0x55;
  public static final long DAG_PB = 0x70;
  public static final long DAG_CBOR = 0x71;
  public static final long LIBP2P_KEY = 0x72;
  public static final long GIT_RAW = 0x78;

  /** The longest binary form: version, a codec of nine bytes and the longest multihash. */
  public static final int MAX_BYTES = 1 + 9 + 9 + 2 + Multihash.MAX_DIGEST_BYTES;

  private static final String FORMAT = "CID";
  private static final int SHA256_BYTES = 32;
  private static final int V0_CHARS = 46;
  private static final Comparator<Cid> ORDER =
      Comparator.comparing((Cid cid) -> cid.hash.digest())
          .thenComparingLong(cid -> cid.hash.code())
          .thenComparingLong(Cid::codec)
          .thenComparingInt(Cid::version);

  public Cid {
    if (version != 0 && version != 1) {
      throw new IllegalArgumentException("CID version " + version);
    }
    if (codec < 0) {
      throw new IllegalArgumentException("negative codec: " + codec);
    }
    if (version == 0 && !(codec == DAG_PB && isFullSha256(hash))) {
      throw new IllegalArgumentException("a version 0 CID is SHA-256 of DAG-PB");
    }
  }

  /** A version 1 CID. */
  public static Cid of(long codec, Multihash hash) {
    return new Cid(1, codec, hash);
  }

  /** The version 0 CID of a DAG-PB block; the hash must be SHA-256. */
  public static Cid v0(Multihash hash) {
    return new Cid(0, DAG_PB, hash);
  }

  /** The CID of a raw block with a SHA-256 digest of 32 bytes. */
  public static Cid raw(Bytes sha256Digest) {
    return of(RAW, Multihash.sha256(sha256Digest));
  }

  /** The version 1 CID of a DAG-PB block with a SHA-256 digest of 32 bytes. */
  public static Cid dagPb(Bytes sha256Digest) {
    return of(DAG_PB, Multihash.sha256(sha256Digest));
  }

  /** The CID of a DAG-CBOR block with a SHA-256 digest of 32 bytes. */
  public static Cid dagCbor(Bytes sha256Digest) {
    return of(DAG_CBOR, Multihash.sha256(sha256Digest));
  }

  /** A CID that contains its raw block, of at most {@link Multihash#MAX_IDENTITY_BYTES} bytes. */
  public static Cid identityRaw(Bytes content) {
    return of(RAW, Multihash.identity(content));
  }

  /** Reads a CID's text: {@code Qm…} or a multibase text of version 1. */
  public static Cid parse(String text) throws MalformedDataException, LimitExceededException {
    if (text.length() == V0_CHARS && text.startsWith("Qm")) {
      return fromBytes(Multibase.BASE58BTC.decodeBare(text));
    }
    Cid cid = fromBytes(Multibase.decode(text));
    if (cid.version == 0) {
      throw new MalformedDataException(
          FORMAT, 0, "version 0 with a multibase prefix: " + Excerpt.of(text));
    }
    return cid;
  }

  /** Reads a binary CID and leaves the reader behind it. */
  public static Cid read(ByteReader in) throws MalformedDataException {
    if (in.peekByte() == Multihash.SHA2_256) {
      Multihash hash = Multihash.read(in);
      if (!isFullSha256(hash)) {
        throw in.malformed("version 0 CID with a digest of " + hash.digest().size() + " bytes");
      }
      return v0(hash);
    }
    long version = in.readVarint();
    if (version != 1) {
      throw in.malformed("CID version " + version);
    }
    long codec = in.readVarint();
    return of(codec, Multihash.read(in));
  }

  /** Reads bytes that are one CID and nothing else. */
  public static Cid fromBytes(Bytes bytes) throws MalformedDataException {
    ByteReader in = bytes.reader(FORMAT);
    Cid cid = read(in);
    in.expectEnd();
    return cid;
  }

  private static boolean isFullSha256(Multihash hash) {
    return hash.code() == Multihash.SHA2_256 && hash.digest().size() == SHA256_BYTES;
  }

  /** Whether the block is inside the CID; no block store needs to hold it. */
  public boolean isIdentity() {
    return hash.isIdentity();
  }

  /** Whether the hash is SHA-256 in full length. */
  public boolean isSha256() {
    return isFullSha256(hash);
  }

  /** The hash's digest; the block itself where {@link #isIdentity}. */
  public Bytes digest() {
    return hash.digest();
  }

  /** The CID of the same block in version 1. */
  public Cid toV1() {
    return version == 1 ? this : of(codec, hash);
  }

  /**
   * Proves that a block is the one that this CID names.
   *
   * @param source where the block came from, for the message
   * @throws IntegrityException when it is another block, or when the hash function cannot be
   *     computed here and so nothing is proved
   */
  public void verify(Bytes block, String source) throws IntegrityException {
    switch (hash.check(block)) {
      case MATCHES -> {}
      case DIFFERS ->
          throw new IntegrityException(
              toString(), of(codec, Multihash.sha256Of(block)).toString(), source);
      case UNPROVABLE ->
          throw new IntegrityException(
              toString(), "a block that its hash function cannot prove here", source);
    }
  }

  /** Size of the binary form. */
  public int byteSize() {
    return (version == 0 ? 0 : 1 + Varint.size(codec)) + hash.byteSize();
  }

  /** Writes the binary form at an offset and returns the offset behind it. */
  public int write(byte[] target, int offset) {
    int at = offset;
    if (version != 0) {
      at = Varint.write(version, target, at);
      at = Varint.write(codec, target, at);
    }
    return hash.write(target, at);
  }

  /** The binary form. */
  public Bytes toBytes() {
    byte[] out = new byte[byteSize()];
    write(out, 0);
    return Bytes.owning(out);
  }

  /** The text in another base; version 1 only. */
  public String toString(Multibase base) {
    if (version == 0) {
      throw new IllegalStateException("a version 0 CID has one text only");
    }
    return base.encode(toBytes());
  }

  /** The text: base58 for version 0, base32 for version 1. */
  @Override
  public String toString() {
    return version == 0 ? hash.toBase58() : toString(Multibase.BASE32);
  }

  @Override
  public int compareTo(Cid other) {
    return ORDER.compare(this, other);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Cid that
        && hash.digest().equals(that.hash.digest())
        && codec == that.codec
        && version == that.version
        && hash.code() == that.hash.code();
  }

  @Override
  public int hashCode() {
    Bytes digest = hash.digest();
    int size = digest.size();
    if (size < Integer.BYTES || isIdentity()) {
      return digest.hashCode() * 31 + (int) codec;
    }
    // A digest is as good as random: four bytes of it do.
    return ((digest.at(size - 4) & 0xff) << 24)
        ^ ((digest.at(size - 3) & 0xff) << 16)
        ^ ((digest.at(size - 2) & 0xff) << 8)
        ^ (digest.at(size - 1) & 0xff)
        ^ (int) codec;
  }
}
