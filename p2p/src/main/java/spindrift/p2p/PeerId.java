package spindrift.p2p;

import spindrift.base.Bytes;
import spindrift.base.MalformedDataException;

/**
 * The name of a peer: a multihash of its public key, or the key itself where that is short.
 *
 * @param multihash the binary form
 * @see <a href="https://github.com/libp2p/specs/blob/master/peer-ids/peer-ids.md">Peer ids</a>
 */
public record PeerId(Bytes multihash) implements Comparable<PeerId> {
  /** The peer with a public key. */
  public static PeerId of(PublicKey key) {
    throw new UnsupportedOperationException("TODO");
  }

  /**
   * Reads either text form: base58 ({@code 12D3…}, {@code Qm…}) or a CID ({@code k51…}, {@code
   * b…}).
   */
  public static PeerId parse(String text) throws MalformedDataException {
    throw new UnsupportedOperationException("TODO");
  }

  /** Reads the binary form. */
  public static PeerId fromBytes(Bytes bytes) throws MalformedDataException {
    throw new UnsupportedOperationException("TODO");
  }

  /** The text as a CID in base36. */
  public String toCid() {
    throw new UnsupportedOperationException("TODO");
  }

  /** The last eight characters, for the log. */
  public String brief() {
    String text = toString();
    return text.substring(Math.max(0, text.length() - 8));
  }

  /** The text in base58. */
  @Override
  public String toString() {
    throw new UnsupportedOperationException("TODO");
  }

  @Override
  public int compareTo(PeerId other) {
    return multihash.compareTo(other.multihash);
  }
}
