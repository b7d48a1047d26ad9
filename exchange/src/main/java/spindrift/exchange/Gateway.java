package spindrift.exchange;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import spindrift.base.AbsentException;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.http.Credentials;
import spindrift.http.WebAnswer;
import spindrift.http.WebClient;
import spindrift.http.WebRequest;
import spindrift.ipld.BlockSource;
import spindrift.ipld.Cid;

/**
 * An IPFS gateway that serves single blocks, none of which is believed: each is hashed against its
 * CID. It asks once for each. Safe for use by several threads.
 *
 * @see <a href="https://specs.ipfs.tech/http-gateways/trustless-gateway/">Trustless gateways</a>
 */
public final class Gateway implements BlockSource {
  /** What Bitswap carries, and what gateways serve at the most. */
  private static final int MAX_BLOCK = 2 << 20;

  /** Ours: as many as browsers have connections to one server, and 12 MiB at the most. */
  private static final int AT_ONCE = 6;

  private static final Map<String, String> RAW = Map.of("Accept", "application/vnd.ipld.raw");

  private final URI base;
  private final WebClient client;
  private final Duration timeout;
  private final Semaphore places = new Semaphore(AT_ONCE, true);

  /**
   * @param base of the gateway, without a slash at the end
   * @param client not closed with this, which has nothing to close
   * @param timeout for one block, the wait for its turn included
   */
  public Gateway(URI base, WebClient client, Duration timeout) {
    this.base = base;
    this.client = client;
    this.timeout = timeout;
  }

  /** Its URL. */
  public String name() {
    return base.toString();
  }

  @Override
  public Bytes load(Cid cid) throws FaultException, IOException {
    long started = System.nanoTime();
    try {
      if (!places.tryAcquire(timeout.toNanos(), TimeUnit.NANOSECONDS)) {
        throw new IOException(name() + " has enough to do");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("asking was given up");
    }
    try {
      return ask(cid, timeout.minusNanos(System.nanoTime() - started));
    } finally {
      places.release();
    }
  }

  private Bytes ask(Cid cid, Duration left) throws FaultException, IOException {
    URI url = URI.create(base + "/ipfs/" + cid + "?format=raw");
    WebRequest request = WebRequest.small(url, Credentials.none(), left).withHeaders(RAW);
    try (WebAnswer answer = client.get(request)) {
      int status = answer.status();
      if (status == 404 || status == 410 || status == 451) {
        throw new AbsentException("block " + cid + " at " + name());
      }
      if (status != 200) {
        throw new IOException(name() + " answered " + status);
      }
      Bytes block = answer.content(MAX_BLOCK);
      cid.verify(block, name());
      return block;
    }
  }
}
