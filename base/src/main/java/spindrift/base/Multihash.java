package spindrift.base;

import java.security.MessageDigest;

/**
 * A hash that says which function made it: {@code varint code, varint size, digest}.
 *
 * <p>Codes that are not known here are parsed and kept, so that a link in a foreign DAG survives;
 * {@link #check} says clearly that nothing can be proved with them.
 *
 * @param code the function's number in the multicodec table
 * @param digest at most {@value #MAX_DIGEST_BYTES} bytes
 * @see <a href="https://github.com/multiformats/multihash/tree/b43ec1026a61">multihash</a>
 */
public record Multihash(long code, Bytes digest) {
  /** The content itself in place of a hash. */
  public static final long IDENTITY = 0x00;

  public static final long SHA1 = 0x11;
  public static final long SHA2_256 = 0x12;
  public static final long SHA2_512 = 0x13;

  /** Recognised, so that it can be named; the JDK cannot compute it. */
  public static final long BLAKE3 = 0x1e;

  /** What deployed IPFS nodes accept in a link, and twice the longest digest in use. Our limit. */
  public static final int MAX_DIGEST_BYTES = 128;

  /** The longest content that is put inside a hash; longer ones are refused by deployed nodes. */
  public static final int MAX_IDENTITY_BYTES = MAX_DIGEST_BYTES;

  /**
   * Shorter digests, cut from a longer one, prove nothing: {@link #check} does not accept them. The
   * same bound as in deployed IPFS nodes.
   */
  public static final int MIN_PROOF_BYTES = 20;

  private static final String FORMAT = "multihash";
  private static final int SHA256_BYTES = 32;

  /** What hashing some content says. */
  public enum Verdict {
    /** The content is the one that the hash names. */
    MATCHES,
    /** It is not. */
    DIFFERS,
    /** The function cannot be computed here, or the digest is too short to prove anything. */
    UNPROVABLE
  }

  public Multihash {
    if (code < 0) {
      throw new IllegalArgumentException("negative code: " + code);
    }
    if (digest.size() > MAX_DIGEST_BYTES) {
      throw new IllegalArgumentException("digest of " + digest.size() + " bytes");
    }
  }

  /** The multihash of a SHA-256 digest of 32 bytes. */
  public static Multihash sha256(Bytes digest) {
    if (digest.size() != SHA256_BYTES) {
      throw new IllegalArgumentException("SHA-256 digest of " + digest.size() + " bytes");
    }
    return new Multihash(SHA2_256, digest);
  }

  /** Hashes content with SHA-256. */
  public static Multihash sha256Of(Bytes content) {
    return new Multihash(SHA2_256, Digests.sha256(content));
  }

  /** Content of at most {@link #MAX_IDENTITY_BYTES} bytes as its own hash. */
  public static Multihash identity(Bytes content) {
    return new Multihash(IDENTITY, content);
  }

  /** Reads a multihash and leaves the reader behind it. */
  public static Multihash read(ByteReader in) throws MalformedDataException {
    long code = in.readVarint();
    long size = in.readVarint();
    if (size > MAX_DIGEST_BYTES) {
      throw in.malformed("digest of " + size + " bytes, more than " + MAX_DIGEST_BYTES);
    }
    return new Multihash(code, in.readBytes(size));
  }

  /** Reads bytes that are one multihash and nothing else. */
  public static Multihash fromBytes(Bytes bytes) throws MalformedDataException {
    ByteReader in = bytes.reader(FORMAT);
    Multihash hash = read(in);
    in.expectEnd();
    return hash;
  }

  /** Whether the digest is the content itself. */
  public boolean isIdentity() {
    return code == IDENTITY;
  }

  /** Compares content with this hash. */
  public Verdict check(Bytes content) {
    if (isIdentity()) {
      return content.equals(digest) ? Verdict.MATCHES : Verdict.DIFFERS;
    }
    MessageDigest function;
    if (code == SHA2_256) {
      function = Digests.sha256();
    } else if (code == SHA1) {
      function = Digests.sha1();
    } else if (code == SHA2_512) {
      function = Digests.sha512();
    } else {
      return Verdict.UNPROVABLE;
    }
    if (digest.size() < MIN_PROOF_BYTES) {
      return Verdict.UNPROVABLE;
    }
    function.update(content.asByteBuffer());
    Bytes actual = Bytes.owning(function.digest());
    if (digest.size() > actual.size()) {
      return Verdict.DIFFERS;
    }
    return actual.slice(0, digest.size()).equals(digest) ? Verdict.MATCHES : Verdict.DIFFERS;
  }

  /** Size of the binary form. */
  public int byteSize() {
    return Varint.size(code) + Varint.size(digest.size()) + digest.size();
  }

  /** Writes the binary form at an offset and returns the offset behind it. */
  public int write(byte[] target, int offset) {
    int at = Varint.write(code, target, offset);
    at = Varint.write(digest.size(), target, at);
    digest.copyTo(target, at);
    return at + digest.size();
  }

  /** The binary form. */
  public Bytes toBytes() {
    byte[] out = new byte[byteSize()];
    write(out, 0);
    return Bytes.owning(out);
  }

  /** The binary form in base58btc without a multibase prefix: {@code Qm…}, {@code 12D3KooW…}. */
  public String toBase58() {
    return Multibase.BASE58BTC.encodeBare(toBytes());
  }

  /** The hexadecimal binary form. */
  @Override
  public String toString() {
    return toBytes().hex();
  }
}
