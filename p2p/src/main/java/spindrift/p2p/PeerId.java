package spindrift.p2p;

import spindrift.base.ByteReader;
import spindrift.base.Bytes;
import spindrift.base.Excerpt;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;
import spindrift.base.Multibase;
import spindrift.base.Multihash;

/**
 * The name of a peer: a multihash of its public key, or the key itself where that is short.
 *
 * @param multihash the binary form
 * @see <a href="https://github.com/libp2p/specs/blob/7740c07/peer-ids/peer-ids.md">Peer ids</a>
 */
public record PeerId(Bytes multihash) implements Comparable<PeerId> {
  /** Keys up to this size stand in the peer id themselves, and longer ones are hashed. */
  private static final int MAX_INLINE_KEY_BYTES = 42;

  /** Ours; the longest text, a CID in base16, has 95 characters. */
  private static final int MAX_CHARS = 128;

  private static final String FORMAT = "peer id";
  private static final int CID_VERSION = 1;
  private static final int LIBP2P_KEY = 0x72;
  private static final int SHA256_BYTES = 32;

  /** The peer with a public key. */
  public static PeerId of(PublicKey key) {
    Bytes bytes = key.toBytes();
    Multihash hash =
        bytes.size() <= MAX_INLINE_KEY_BYTES
            ? Multihash.identity(bytes)
            : Multihash.sha256Of(bytes);
    return new PeerId(hash.toBytes());
  }

  /**
   * Reads either text form: base58 ({@code 12D3…}, {@code Qm…}) or a CID ({@code k51…}, {@code
   * b…}).
   */
  public static PeerId parse(String text) throws MalformedDataException {
    if (text.length() > MAX_CHARS) {
      throw new MalformedDataException(FORMAT, MAX_CHARS, "longer than " + MAX_CHARS);
    }
    try {
      if (text.startsWith("1") || text.startsWith("Qm")) {
        return fromBytes(Multibase.BASE58BTC.decodeBare(text));
      }
      ByteReader cid = Multibase.decode(text).reader(FORMAT);
      if (cid.readVarint() != CID_VERSION || cid.readVarint() != LIBP2P_KEY) {
        throw cid.malformed("not a CIDv1 of a libp2p key");
      }
      return fromBytes(cid.readBytes(cid.remaining()));
    } catch (MalformedDataException e) {
      throw new MalformedDataException(
          FORMAT, e.offset(), e.rule() + " in " + Excerpt.of(text, MAX_CHARS));
    } catch (LimitExceededException e) {
      throw new IllegalStateException("a text of " + text.length() + " characters", e);
    }
  }

  /** Reads the binary form. */
  public static PeerId fromBytes(Bytes bytes) throws MalformedDataException {
    Multihash hash = Multihash.fromBytes(bytes);
    boolean valid =
        hash.isIdentity()
            ? hash.digest().size() <= MAX_INLINE_KEY_BYTES
            : hash.code() == Multihash.SHA2_256 && hash.digest().size() == SHA256_BYTES;
    if (!valid) {
      throw new MalformedDataException(FORMAT, 0, "not the multihash of a key: " + bytes);
    }
    return new PeerId(bytes);
  }

  /** The text as a CID in base36. */
  public String toCid() {
    return Multibase.BASE36.encode(Bytes.of(CID_VERSION, LIBP2P_KEY).concat(multihash));
  }

  /** The last eight characters, for the log. */
  public String brief() {
    String text = toString();
    return text.substring(Math.max(0, text.length() - 8));
  }

  /** The text in base58. */
  @Override
  public String toString() {
    return Multibase.BASE58BTC.encodeBare(multihash);
  }

  @Override
  public int compareTo(PeerId other) {
    return multihash.compareTo(other.multihash);
  }
}
