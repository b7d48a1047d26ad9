package spindrift.substitute;

import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.IntegrityException;
import spindrift.base.MalformedDataException;
import spindrift.nix.StoreDir;
import spindrift.p2p.Host;
import spindrift.p2p.P2pStream;
import spindrift.p2p.PeerId;
import spindrift.substitute.AnswerMessage.End;

/** Asks peers what they have. Safe for use by several threads. */
public final class LookupClient {
  /** The protocol's id; see {@code docs/protocols/lookup.md}. */
  public static final String PROTOCOL = "/spindrift/lookup/1.0.0";

  private final Host host;
  private final StoreDir storeDir;

  public LookupClient(Host host, StoreDir storeDir) {
    this.host = host;
    this.storeDir = storeDir;
  }

  /**
   * Asks one peer, in one round trip.
   *
   * @param timeout of all of it; longer than the request gives the peer to compute views
   * @throws spindrift.base.AbsentException when the peer does not speak the protocol
   * @throws IOException when it does not answer in time, or is too busy to answer
   * @throws MalformedDataException when its answer breaks the protocol; it was penalised
   * @throws IntegrityException when a block that it sent along is another one; it was penalised
   */
  public LookupAnswer ask(PeerId peer, LookupRequest request, Duration timeout)
      throws IOException, FaultException, InterruptedException {
    return PeerQuestion.ask(
        host, peer, PROTOCOL, timeout, (stream, in) -> ask(stream, in, request));
  }

  private LookupAnswer ask(P2pStream stream, DeadlineInput in, LookupRequest request)
      throws IOException, MalformedDataException, IntegrityException {
    RequestMessage.of(storeDir, request).encode().toDelimited().writeTo(stream.out());
    stream.closeWrite();
    AnswerAssembly answer = new AnswerAssembly(storeDir, request);
    while (answer.end().isEmpty()) {
      Bytes message =
          MessageStream.read(in, AnswerMessage.MAX_BYTES, "look-up answer")
              .orElseThrow(() -> new EOFException("an answer without an end"));
      answer.add(message);
    }
    if (answer.end().get() == End.BUSY) {
      throw new IOException(stream.peer().brief() + " is too busy to answer");
    }
    return answer.finish();
  }
}
