package spindrift.substitute;

import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.MalformedDataException;
import spindrift.base.Varint;
import spindrift.catalog.PublicRealisations;
import spindrift.p2p.P2pStream;
import spindrift.p2p.StreamHandler;

/**
 * Tells peers realisations of public outputs, one a stream; see {@code
 * docs/protocols/realisation.md}. Safe for use by several threads.
 */
public final class RealisationServer implements StreamHandler {
  /** The protocol's id. */
  public static final String PROTOCOL = "/spindrift/realisation/1.0.0";

  /** Of a name: those of outputs of real derivations have some 100 bytes. */
  static final int MAX_NAME = 512;

  private static final String WHAT = "realisation request";
  private static final Duration TIME = Duration.ofSeconds(10);

  private final PublicRealisations realisations;
  private final AskingBudget budget = new AskingBudget(System::nanoTime);

  public RealisationServer(PublicRealisations realisations) {
    this.realisations = realisations;
  }

  @Override
  public void handle(P2pStream stream) throws IOException, FaultException, InterruptedException {
    Optional<AskingBudget.Ticket> entered = budget.enter(stream.peer());
    if (entered.isEmpty()) {
      stream.reset();
      return;
    }
    try (AskingBudget.Ticket ticket = entered.get()) {
      Bytes name =
          MessageStream.read(new DeadlineInput(stream, TIME), MAX_NAME, WHAT)
              .orElseThrow(() -> new EOFException("stream without a request"));
      stream.timeout(TIME);
      if (!ticket.takeKeys(1)) {
        stream.reset();
        return;
      }
      long start = System.nanoTime();
      Optional<Bytes> found =
          realisations.find(
              name.utf8().orElseThrow(() -> new MalformedDataException(WHAT, 0, "not UTF-8")));
      if (found.isEmpty()) {
        EvenTime.await(start);
      }
      Bytes answer = found.orElse(Bytes.EMPTY);
      Varint.write(answer.size(), stream.out());
      answer.writeTo(stream.out());
      stream.closeWrite();
    }
  }
}
