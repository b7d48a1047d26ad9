package spindrift.p2p;

import spindrift.base.Bytes;
import spindrift.base.IntegrityException;
import spindrift.base.MalformedDataException;
import spindrift.base.ProtoReader;
import spindrift.base.ProtoWriter;
import spindrift.base.Varint;

/**
 * A payload that a peer's key has signed for one purpose.
 *
 * <p>The signature is over domain, payload type and payload, each behind its length as a varint, so
 * that what was signed for one purpose cannot be used for another.
 *
 * @param payloadType says what the payload is; compared byte by byte
 * @see <a href="https://github.com/libp2p/specs/blob/master/RFC/0002-signed-envelopes.md">RFC
 *     0002</a>
 */
record SignedEnvelope(PublicKey signer, Bytes payloadType, Bytes payload, Bytes signature) {
  private static final String FORMAT = "signed envelope";

  /** Signs a payload. */
  static SignedEnvelope seal(Identity identity, String domain, Bytes payloadType, Bytes payload) {
    return new SignedEnvelope(
        identity.publicKey(),
        payloadType,
        payload,
        identity.sign(signedBytes(domain, payloadType, payload)));
  }

  /** Reads the protobuf form; whether the signature is right is for {@link #verify} to say. */
  static SignedEnvelope read(Bytes bytes) throws MalformedDataException {
    Bytes key = Bytes.EMPTY;
    Bytes type = Bytes.EMPTY;
    Bytes payload = Bytes.EMPTY;
    Bytes signature = Bytes.EMPTY;
    ProtoReader in = ProtoReader.of(FORMAT, bytes);
    while (in.next()) {
      switch (in.field()) {
        case 1 -> key = in.bytes();
        case 2 -> type = in.bytes();
        case 3 -> payload = in.bytes();
        case 5 -> signature = in.bytes();
        default -> in.skip();
      }
    }
    return new SignedEnvelope(PublicKey.read(key), type, payload, signature);
  }

  Bytes toBytes() {
    return new ProtoWriter()
        .bytes(1, signer.toBytes())
        .bytes(2, payloadType)
        .bytes(3, payload)
        .bytes(5, signature)
        .toBytes();
  }

  /**
   * The payload, once it is sure that the signer signed it for this purpose.
   *
   * @throws MalformedDataException when it is of another type
   * @throws IntegrityException when the signature is not the signer's over these bytes
   */
  Bytes verify(String domain, Bytes wantedType) throws MalformedDataException, IntegrityException {
    if (!payloadType.equals(wantedType)) {
      throw new MalformedDataException(FORMAT, -1, "payload of type " + payloadType);
    }
    if (!signer.verifies(signedBytes(domain, payloadType, payload), signature)) {
      throw new IntegrityException("a signature for " + domain, "another", FORMAT);
    }
    return payload;
  }

  private static Bytes signedBytes(String domain, Bytes payloadType, Bytes payload) {
    return delimited(Bytes.utf8(domain)).concat(delimited(payloadType)).concat(delimited(payload));
  }

  private static Bytes delimited(Bytes bytes) {
    byte[] joined = new byte[Varint.size(bytes.size()) + bytes.size()];
    bytes.copyTo(joined, Varint.write(bytes.size(), joined, 0));
    return Bytes.owning(joined);
  }
}
