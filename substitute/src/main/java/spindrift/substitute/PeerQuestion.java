package spindrift.substitute;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import spindrift.base.FaultException;
import spindrift.base.IntegrityException;
import spindrift.base.MalformedDataException;
import spindrift.p2p.Host;
import spindrift.p2p.Misbehaviour;
import spindrift.p2p.P2pStream;
import spindrift.p2p.PeerId;

/** A question to a peer, on a stream of its own, and the answer to it. */
@FunctionalInterface
interface PeerQuestion<T> {
  /**
   * Asks, and reads the answer.
   *
   * @param in of the stream, until the time is over
   */
  T ask(P2pStream stream, DeadlineInput in) throws IOException, FaultException;

  /**
   * Asks one peer. One whose answer breaks the protocol, or proves wrong, is penalised.
   *
   * @param timeout of all of it
   * @throws spindrift.base.AbsentException when the peer does not speak the protocol
   * @throws IOException when it does not answer in time
   */
  static <T> T ask(
      Host host, PeerId peer, String protocol, Duration timeout, PeerQuestion<T> question)
      throws IOException, FaultException, InterruptedException {
    long start = System.nanoTime();
    try (P2pStream stream = host.open(peer, List.of(protocol), timeout)) {
      Duration left = timeout.minusNanos(System.nanoTime() - start);
      try {
        DeadlineInput in = new DeadlineInput(stream, left);
        in.limitWait();
        return question.ask(stream, in);
      } catch (MalformedDataException e) {
        stream.reset();
        host.penalise(peer, Misbehaviour.VIOLATION);
        throw e;
      } catch (IntegrityException e) {
        stream.reset();
        host.penalise(peer, Misbehaviour.LIE);
        throw e;
      } catch (IOException e) {
        stream.reset();
        throw e;
      }
    }
  }
}
