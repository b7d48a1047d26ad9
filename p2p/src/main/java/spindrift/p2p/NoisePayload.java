package spindrift.p2p;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import spindrift.base.Bytes;
import spindrift.base.MalformedDataException;
import spindrift.base.ProtoReader;
import spindrift.base.ProtoWriter;
import spindrift.base.ProtocolViolationException;

/**
 * What peers tell each other in the handshake: who they are, proved by a signature over the key
 * with which they agreed on the secret, and which muxers they speak.
 *
 * @param muxers in order of preference; empty where the peer negotiates that later
 * @see <a href="https://github.com/libp2p/specs/blob/7740c07/noise/README.md">noise-libp2p</a>
 */
record NoisePayload(PublicKey key, Bytes signature, List<String> muxers) {
  /** Ours; deployed peers have two. */
  static final int MAX_MUXERS = 32;

  private static final String FORMAT = "Noise payload";
  private static final Bytes SIGNED_PREFIX = Bytes.utf8("noise-libp2p-static-key:");

  NoisePayload {
    muxers = List.copyOf(muxers);
  }

  /** Our own, bound to a Noise key. */
  static NoisePayload of(Identity identity, Bytes staticKey, List<String> muxers) {
    return new NoisePayload(
        identity.publicKey(), identity.sign(SIGNED_PREFIX.concat(staticKey)), muxers);
  }

  static NoisePayload read(Bytes bytes) throws MalformedDataException {
    Optional<PublicKey> key = Optional.empty();
    Bytes signature = Bytes.EMPTY;
    List<String> muxers = new ArrayList<>();
    ProtoReader in = ProtoReader.of(FORMAT, bytes);
    while (in.next()) {
      switch (in.field()) {
        case 1 -> key = Optional.of(PublicKey.read(in.bytes()));
        case 2 -> signature = in.bytes();
        case 4 -> readExtensions(in.message(), muxers);
        default -> in.skip();
      }
    }
    return new NoisePayload(
        key.orElseThrow(() -> in.malformed("no identity key")), signature, muxers);
  }

  private static void readExtensions(ProtoReader in, List<String> muxers)
      throws MalformedDataException {
    while (in.next()) {
      if (in.field() != 2) {
        in.skip();
        continue;
      }
      if (muxers.size() >= MAX_MUXERS) {
        throw in.malformed("over " + MAX_MUXERS + " muxers");
      }
      muxers.add(in.text());
    }
  }

  Bytes toBytes() {
    ProtoWriter out = new ProtoWriter().bytes(1, key.toBytes()).bytes(2, signature);
    if (!muxers.isEmpty()) {
      ProtoWriter extensions = new ProtoWriter();
      muxers.forEach(muxer -> extensions.text(2, muxer));
      out.message(4, extensions);
    }
    return out.toBytes();
  }

  /** Checks that whoever has the Noise key has the identity key too. */
  void verify(Bytes staticKey) throws ProtocolViolationException {
    if (!key.verifies(SIGNED_PREFIX.concat(staticKey), signature)) {
      throw new ProtocolViolationException(
          NoiseChannel.PROTOCOL, "signature is not by the " + key.type() + " key of the peer");
    }
  }
}
