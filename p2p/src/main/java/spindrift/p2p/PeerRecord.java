package spindrift.p2p;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import spindrift.base.Bytes;
import spindrift.base.IntegrityException;
import spindrift.base.MalformedDataException;
import spindrift.base.ProtoReader;
import spindrift.base.ProtoWriter;

/**
 * Where a peer says that it can be reached, as it travels signed inside a {@link SignedEnvelope}.
 *
 * @param sequence grows with each new record of a peer; compared unsigned
 * @param addresses without the peer id; those of protocols that are not known here are left out
 * @see <a href="https://github.com/libp2p/specs/blob/master/RFC/0003-routing-records.md">RFC
 *     0003</a>, whose domain and payload type are not the ones in use
 */
record PeerRecord(PeerId peer, long sequence, List<Multiaddr> addresses) {
  /** What go-libp2p, js-libp2p and rust-libp2p sign; the RFC says {@code libp2p-routing-state}. */
  static final String DOMAIN = "libp2p-peer-record";

  /** The multicodec 0x0301 as two plain bytes, and not as the varint that it is elsewhere. */
  static final Bytes PAYLOAD_TYPE = Bytes.of(0x03, 0x01);

  /** Ours: addresses of a peer that are kept; nobody listens on more interfaces than that. */
  static final int MAX_ADDRESSES = 64;

  private static final String FORMAT = "peer record";

  PeerRecord {
    addresses = List.copyOf(addresses);
  }

  SignedEnvelope seal(Identity identity) {
    return SignedEnvelope.seal(identity, DOMAIN, PAYLOAD_TYPE, toBytes());
  }

  /**
   * Opens an envelope that a peer sent about itself.
   *
   * @throws IntegrityException when the peer did not sign it, or it is about another
   */
  static PeerRecord open(Bytes envelope, PeerId sender)
      throws MalformedDataException, IntegrityException {
    SignedEnvelope sealed = SignedEnvelope.read(envelope);
    PeerRecord record = read(sealed.verify(DOMAIN, PAYLOAD_TYPE));
    PeerId signer = PeerId.of(sealed.signer());
    if (!signer.equals(sender) || !record.peer.equals(sender)) {
      throw new IntegrityException(sender.toString(), signer.toString(), FORMAT);
    }
    return record;
  }

  static PeerRecord read(Bytes bytes) throws MalformedDataException {
    Bytes peer = Bytes.EMPTY;
    long sequence = 0;
    List<Multiaddr> addresses = new ArrayList<>();
    ProtoReader in = ProtoReader.of(FORMAT, bytes);
    while (in.next()) {
      switch (in.field()) {
        case 1 -> peer = in.bytes();
        case 2 -> sequence = in.varint();
        case 3 -> {
          if (addresses.size() < MAX_ADDRESSES) {
            readAddress(in.message()).ifPresent(addresses::add);
          } else {
            in.skip();
          }
        }
        default -> in.skip();
      }
    }
    return new PeerRecord(PeerId.fromBytes(peer), sequence, addresses);
  }

  Bytes toBytes() {
    ProtoWriter out = new ProtoWriter().bytes(1, peer.multihash()).varint(2, sequence);
    for (Multiaddr address : addresses) {
      out.message(3, new ProtoWriter().bytes(1, address.toBytes()));
    }
    return out.toBytes();
  }

  /** An address that cannot be read is none; a later protocol must not cost us the others. */
  static Optional<Multiaddr> readable(Bytes address) {
    try {
      return Optional.of(Multiaddr.fromBytes(address));
    } catch (MalformedDataException e) {
      return Optional.empty();
    }
  }

  private static Optional<Multiaddr> readAddress(ProtoReader in) throws MalformedDataException {
    Optional<Multiaddr> address = Optional.empty();
    while (in.next()) {
      switch (in.field()) {
        case 1 -> address = readable(in.bytes());
        default -> in.skip();
      }
    }
    return address;
  }
}
