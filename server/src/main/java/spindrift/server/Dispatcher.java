package spindrift.server;

import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http.ServerRequest;
import java.io.IOException;
import java.util.Objects;
import java.util.Optional;
import spindrift.base.Excerpt;
import spindrift.base.Fault;
import spindrift.base.FaultException;

/** Stands before all routing: turns every request into a reply of the one handler. */
final class Dispatcher implements Filter {
  private static final System.Logger LOGGER = System.getLogger(Dispatcher.class.getName());

  private static final String SEE_LOG = "the server failed; its log says why";

  private final Handler handler;
  private final ReplySender sender = new ReplySender();

  Dispatcher(Handler handler) {
    this.handler = handler;
  }

  @Override
  public void filter(FilterChain chain, RoutingRequest message, RoutingResponse response) {
    Wire wire = Wire.CURRENT.get();
    wire.exchangeBegins();
    try {
      if (message.headers().containsToken(HeaderValues.CONNECTION_CLOSE)) {
        wire.closeAfterExchange();
      }
      exchange(wire, message, response);
    } finally {
      wire.exchangeEnds();
    }
  }

  private void exchange(Wire wire, ServerRequest message, RoutingResponse response) {
    if (message.headers().contains(HeaderNames.TRANSFER_ENCODING)) {
      // Nix always says how much it uploads; a chunk's length would be believed before it came.
      wire.closeAfterExchange();
      sendError(wire, new Request(message, "/", 0), response, Reply.text(411, "length required"));
      return;
    }
    long length = message.headers().contentLength().orElse(0);
    Optional<String> path = PercentPath.decode(message.prologue().uriPath().rawPath());
    Request request = new Request(message, path.orElse("/"), length);
    try {
      sender.send(
          wire, request, response, path.isPresent() ? handler.handle(request) : Reply.absent());
    } catch (ClientGoneException e) {
      wire.cut();
      throw new CloseConnectionException("the client is gone", e);
    } catch (CloseConnectionException e) {
      throw e;
    } catch (FaultException e) {
      sendError(wire, request, response, refusal(request, e));
    } catch (IOException | RuntimeException | Error e) {
      LOGGER.log(System.Logger.Level.WARNING, "failed " + told(request), e);
      sendError(wire, request, response, Reply.text(failure(request, e), SEE_LOG));
    }
  }

  private void sendError(Wire wire, Request request, RoutingResponse response, Reply reply) {
    try {
      sender.send(wire, request, response, reply);
    } catch (IOException | FaultException e) {
      throw new CloseConnectionException("cannot send an error", e);
    }
  }

  private static Reply refusal(Request request, FaultException e) {
    if (e.fault() == Fault.INTEGRITY && isRead(request)) {
      // What is damaged here may be whole elsewhere.
      LOGGER.log(
          System.Logger.Level.WARNING,
          "damaged {0} why={1}",
          told(request),
          Excerpt.of(String.valueOf(e.getMessage()), CacheHandler.MAX_REASON));
      return Reply.text(404, SEE_LOG);
    }
    return Reply.text(status(e), Objects.requireNonNullElse(e.getMessage(), "refused"));
  }

  /**
   * After a 5xx, clients send a whole upload again, to no avail; and where something cannot be read
   * they give up, though the next cache may have it.
   */
  private static int failure(Request request, Throwable e) {
    if (isRead(request)) {
      return e instanceof IOException ? 404 : 500;
    }
    return 422;
  }

  private static boolean isRead(Request request) {
    return request.method().equals("GET") || request.method().equals("HEAD");
  }

  private static String told(Request request) {
    return "method=" + Excerpt.of(request.method()) + " path=" + Excerpt.of(request.path());
  }

  private static int status(FaultException e) {
    return switch (e.fault()) {
      case ABSENT -> 404;
      case MALFORMED, INTEGRITY, PROTOCOL, CONFIG -> 400;
      case LIMIT -> 413;
      case REFUSED -> 403;
    };
  }
}
