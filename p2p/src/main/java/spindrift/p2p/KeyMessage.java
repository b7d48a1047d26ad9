package spindrift.p2p;

import spindrift.base.Bytes;
import spindrift.base.MalformedDataException;
import spindrift.base.ProtoReader;
import spindrift.base.ProtoWriter;

/**
 * The protobuf message in which keys travel, public ones and private ones alike.
 *
 * @see <a href="https://github.com/libp2p/specs/blob/7740c07/peer-ids/peer-ids.md#keys">Keys</a>
 */
record KeyMessage(PublicKey.Type type, Bytes data) {
  /**
   * Reads a message whose type is known.
   *
   * @param format what it is, for error messages
   */
  static KeyMessage read(String format, Bytes bytes) throws MalformedDataException {
    long number = -1;
    Bytes data = Bytes.EMPTY;
    ProtoReader in = ProtoReader.of(format, bytes);
    while (in.next()) {
      switch (in.field()) {
        case 1 -> number = in.varint();
        case 2 -> data = in.bytes();
        default -> in.skip();
      }
    }
    for (PublicKey.Type type : PublicKey.Type.values()) {
      if (type.number() == number) {
        return new KeyMessage(type, data);
      }
    }
    throw in.malformed("key of type " + number);
  }

  /** The one encoding that peer ids are made of. */
  Bytes toBytes() {
    return new ProtoWriter().varint(1, type.number()).bytes(2, data).toBytes();
  }
}
