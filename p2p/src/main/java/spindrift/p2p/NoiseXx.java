package spindrift.p2p;

import java.io.IOException;
import spindrift.base.ByteReader;
import spindrift.base.Bytes;
import spindrift.base.MalformedDataException;
import spindrift.base.ProtocolViolationException;

/**
 * The three messages of Noise's pattern XX, {@code e}, {@code e ee s es}, {@code s se}, written and
 * read in turns. For one thread.
 *
 * @see <a href="https://noiseprotocol.org/noise.html#interactive-handshake-patterns-fundamental">
 *     Noise patterns</a>
 */
final class NoiseXx {
  private final X25519 statics;
  private final X25519 ephemeral;
  private final NoiseTranscript transcript;
  private Bytes remoteStatic = Bytes.EMPTY;
  private Bytes remoteEphemeral = Bytes.EMPTY;

  /** How many messages there were. */
  private int step;

  NoiseXx(X25519 statics, X25519 ephemeral, Bytes prologue) {
    this.statics = statics;
    this.ephemeral = ephemeral;
    this.transcript = new NoiseTranscript(prologue);
  }

  /** The static key of the other side; empty before it came. */
  Bytes remoteStatic() {
    return remoteStatic;
  }

  /** The keys of what follows; after the third message. */
  NoiseTranscript.Keys split() {
    return transcript.split();
  }

  /** The next message, with a payload that is encrypted from the second message on. */
  Bytes write(Bytes payload) throws IOException, ProtocolViolationException {
    Bytes message = Bytes.EMPTY;
    int number = step++;
    if (number < 2) {
      message = ephemeral.publicKey();
      transcript.mixHash(message);
    }
    if (number == 1) {
      mixEphemerals();
    }
    if (number > 0) {
      message = message.concat(transcript.seal(statics.publicKey()));
      mixOwnStatic();
    }
    return message.concat(transcript.seal(payload));
  }

  /** Takes the next message and returns its payload. */
  Bytes read(Bytes message) throws IOException, MalformedDataException, ProtocolViolationException {
    ByteReader in = message.reader("Noise handshake");
    int number = step++;
    if (number < 2) {
      remoteEphemeral = in.readBytes(X25519.KEY_BYTES);
      transcript.mixHash(remoteEphemeral);
    }
    if (number == 1) {
      mixEphemerals();
    }
    if (number > 0) {
      remoteStatic = transcript.open(in.readBytes(X25519.KEY_BYTES + NoiseCipher.TAG_BYTES));
      mixRemoteStatic();
    }
    return transcript.open(in.readBytes(in.remaining()));
  }

  private void mixEphemerals() throws ProtocolViolationException {
    transcript.mixKey(ephemeral.agree(remoteEphemeral));
  }

  private void mixOwnStatic() throws ProtocolViolationException {
    transcript.mixKey(statics.agree(remoteEphemeral));
  }

  private void mixRemoteStatic() throws ProtocolViolationException {
    transcript.mixKey(ephemeral.agree(remoteStatic));
  }
}
