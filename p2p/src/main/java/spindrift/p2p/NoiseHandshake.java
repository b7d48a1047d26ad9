package spindrift.p2p;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.IntegrityException;
import spindrift.base.ProtocolViolationException;

/**
 * Makes a wire into a channel with a peer whose identity is proved. Closes the wire when that
 * fails. There is no deadline here: closing the wire ends a handshake.
 */
final class NoiseHandshake {
  /**
   * Ours: the longest message of a handshake. Two RSA signatures and keys of the largest size would
   * have room in it.
   */
  static final int MAX_MESSAGE_BYTES = 8192;

  private static final int LENGTH_BYTES = 2;

  private enum Role {
    INITIATOR,
    RESPONDER
  }

  private final Wire wire;
  private final WireInput in;
  private final Identity identity;
  private final List<String> muxers;
  private final Optional<PeerId> expected;

  private NoiseHandshake(
      Wire wire, Identity identity, List<String> muxers, Optional<PeerId> expected) {
    this.wire = wire;
    this.in = new WireInput(wire);
    this.identity = identity;
    this.muxers = List.copyOf(muxers);
    this.expected = expected;
  }

  /**
   * The side that dialled.
   *
   * @param muxers that we speak, in order of preference
   * @param expected nobody else is accepted; empty for anybody
   * @throws IntegrityException when the peer is somebody else
   * @throws ProtocolViolationException when the peer proves nothing
   */
  static NoiseChannel dial(
      Wire wire, Identity identity, List<String> muxers, Optional<PeerId> expected)
      throws IOException, FaultException {
    return new NoiseHandshake(wire, identity, muxers, expected).run(Role.INITIATOR);
  }

  /** The side that was dialled; parameters as of {@link #dial}. */
  static NoiseChannel accept(
      Wire wire, Identity identity, List<String> muxers, Optional<PeerId> expected)
      throws IOException, FaultException {
    return new NoiseHandshake(wire, identity, muxers, expected).run(Role.RESPONDER);
  }

  private NoiseChannel run(Role role) throws IOException, FaultException {
    boolean done = false;
    try {
      X25519 statics = X25519.generate();
      NoiseXx noise = new NoiseXx(statics, X25519.generate(), Bytes.EMPTY);
      Bytes ours = NoisePayload.of(identity, statics.publicKey(), muxers).toBytes();
      NoisePayload theirs;
      if (role == Role.INITIATOR) {
        send(noise.write(Bytes.EMPTY));
        theirs = checked(noise.read(receive()), noise);
        send(noise.write(ours));
      } else {
        noise.read(receive());
        send(noise.write(ours));
        theirs = checked(noise.read(receive()), noise);
      }
      NoiseChannel channel = channel(role, noise.split(), theirs);
      done = true;
      return channel;
    } finally {
      if (!done) {
        wire.close();
      }
    }
  }

  private NoisePayload checked(Bytes payload, NoiseXx noise) throws FaultException {
    NoisePayload theirs = NoisePayload.read(payload);
    theirs.verify(noise.remoteStatic());
    PeerId actual = PeerId.of(theirs.key());
    if (expected.isPresent() && !expected.get().equals(actual)) {
      throw new IntegrityException(expected.get().toString(), actual.toString(), "peer");
    }
    return theirs;
  }

  private NoiseChannel channel(Role role, NoiseTranscript.Keys keys, NoisePayload theirs)
      throws ProtocolViolationException {
    boolean initiator = role == Role.INITIATOR;
    Optional<String> muxer =
        initiator ? common(muxers, theirs.muxers()) : common(theirs.muxers(), muxers);
    return new NoiseChannel(
        new NoiseChannel.Peer(theirs.key(), muxer),
        wire,
        in,
        new NoiseCipher(initiator ? keys.fromInitiator() : keys.fromResponder()),
        new NoiseCipher(initiator ? keys.fromResponder() : keys.fromInitiator()));
  }

  /** The initiator's first choice that the responder speaks; empty where one named none. */
  private static Optional<String> common(List<String> initiators, List<String> responders)
      throws ProtocolViolationException {
    Optional<String> first = initiators.stream().filter(responders::contains).findFirst();
    if (first.isEmpty() && !initiators.isEmpty() && !responders.isEmpty()) {
      throw new ProtocolViolationException(NoiseChannel.PROTOCOL, "no muxer in common");
    }
    return first;
  }

  private void send(Bytes message) throws IOException {
    byte[] framed = new byte[LENGTH_BYTES + message.size()];
    framed[0] = (byte) (message.size() >> Byte.SIZE);
    framed[1] = (byte) message.size();
    message.copyTo(framed, LENGTH_BYTES);
    wire.write(ByteBuffer.wrap(framed));
  }

  private Bytes receive() throws IOException, ProtocolViolationException {
    if (!in.await(LENGTH_BYTES)) {
      throw new EOFException("peer ended the connection during the handshake");
    }
    int length = in.peekShort();
    if (length > MAX_MESSAGE_BYTES) {
      throw new ProtocolViolationException(
          NoiseChannel.PROTOCOL, "a handshake message of " + length + " bytes");
    }
    in.await(LENGTH_BYTES + length);
    byte[] message = new byte[length];
    in.skip(LENGTH_BYTES);
    in.take(message, length);
    return Bytes.owning(message);
  }
}
