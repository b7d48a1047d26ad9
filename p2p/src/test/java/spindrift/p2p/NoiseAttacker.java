package spindrift.p2p;

import java.util.Optional;
import spindrift.base.Bytes;

/**
 * A peer that speaks Noise by the book up to the point at which a test has it do otherwise. It
 * listens; the victim dials it over a connection in memory.
 */
final class NoiseAttacker implements AutoCloseable {
  /** Made once, since some tests attack a thousand times. */
  private static final Identity ATTACKER = Identity.generate();

  private static final Identity VICTIM = Identity.generate();

  final MemoryWire.Pair wires;
  final Identity identity = ATTACKER;
  final X25519 statics = X25519.generate();
  final NoiseXx noise = new NoiseXx(statics, X25519.generate(), Bytes.EMPTY);
  private final Aside<NoiseChannel> victim;

  private NoiseAttacker(MemoryWire.Pair wires) {
    this.wires = wires;
    this.victim =
        Aside.run(
            () ->
                NoiseHandshake.dial(
                    wires.dialer(), VICTIM, NoisePair.MUXERS, Optional.of(identity.peerId())));
  }

  /** Is dialled by a victim, and has read its first message. */
  static NoiseAttacker dialled() throws Exception {
    NoiseAttacker attacker = new NoiseAttacker(MemoryWire.pair());
    attacker.noise.read(attacker.wire().readFrame());
    return attacker;
  }

  MemoryWire wire() {
    return wires.listener();
  }

  /** What an honest peer would say. */
  NoisePayload payload() {
    return NoisePayload.of(identity, statics.publicKey(), NoisePair.MUXERS);
  }

  /** Sends the second message with a payload. */
  void answer(Bytes payload) throws Exception {
    wire().writeFrame(noise.write(payload));
  }

  /** Ends the handshake by the book. */
  NoiseTranscript.Keys finish() throws Exception {
    answer(payload().toBytes());
    noise.read(wire().readFrame());
    return noise.split();
  }

  /** The victim's channel, or what went wrong with it. */
  NoiseChannel victim() throws Exception {
    return victim.result();
  }

  /** Whether the victim has hung up without another byte. */
  boolean isCutOff() throws Exception {
    return wire().read(1).isEmpty();
  }

  @Override
  public void close() {
    victim.close();
    wire().close();
  }
}
