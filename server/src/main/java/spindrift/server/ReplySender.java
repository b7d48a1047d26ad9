package spindrift.server;

import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.RoutingResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Optional;
import spindrift.base.Bytes;
import spindrift.base.FaultException;

/**
 * Sends replies: chooses what part of the body goes out, and sees to it that a body that fails
 * after its first bytes ends the connection instead of itself.
 */
final class ReplySender {
  private static final System.Logger LOGGER = System.getLogger(ReplySender.class.getName());

  /** Bodies from memory up to this size leave together with their head in one write. */
  private static final int SMALL_BYTES = 16 * 1024;

  private final BufferPool buffers = new BufferPool();

  /**
   * Sends a reply to a request.
   *
   * @throws FaultException when the body failed before anything was sent; another reply may follow
   * @throws IOException likewise
   * @throws CloseConnectionException when the connection has to end
   */
  void send(Wire wire, Request request, RoutingResponse response, Reply reply)
      throws IOException, FaultException {
    boolean head = request.method().equals("HEAD");
    boolean ranged =
        reply.status() == 200
            && (head || request.method().equals("GET"))
            && reply.field(HeaderNames.ACCEPT_RANGES.defaultCase()).isEmpty();
    ByteRange.Outcome outcome =
        ranged && !head
            ? ByteRange.parse(rangeField(request, reply), reply.body().size())
            : new ByteRange.Whole();
    Outgoing outgoing =
        switch (outcome) {
          case ByteRange.Whole() -> Outgoing.whole(reply);
          case ByteRange.Part(ByteRange range) -> new Outgoing(reply, 206, range);
          case ByteRange.Unsatisfiable() -> Outgoing.unsatisfiable(reply.body().size());
        };
    if (request.bodyPending()) {
      wire.closeAfterExchange();
    }
    send(wire, response, outgoing, head, ranged);
  }

  private void send(
      Wire wire, RoutingResponse response, Outgoing outgoing, boolean head, boolean ranged)
      throws IOException, FaultException {
    if (head || outgoing.length() == 0) {
      applyHead(wire, response, outgoing, ranged);
      response.send();
      return;
    }
    if (outgoing.reply().body() instanceof MemorySource(Bytes bytes)
        && outgoing.length() <= SMALL_BYTES) {
      applyHead(wire, response, outgoing, ranged);
      ByteRange range = outgoing.range();
      response.send(bytes.slice((int) range.from(), (int) range.to()).toArray());
      return;
    }
    stream(wire, response, outgoing, ranged);
  }

  private void stream(Wire wire, RoutingResponse response, Outgoing outgoing, boolean ranged)
      throws IOException, FaultException {
    ByteBuffer buffer = buffers.take();
    BodySink sink =
        new BodySink(
            wire,
            buffer,
            () -> wire.gather(() -> beginStream(wire, response, outgoing, ranged)),
            outgoing.length());
    try {
      ByteRange range = outgoing.range();
      outgoing.reply().body().writeTo(sink, range.from(), range.to());
      sink.finish();
      response.commit();
    } catch (ClientGoneException e) {
      wire.cut();
      throw new CloseConnectionException("the client is gone", e);
    } catch (IOException | FaultException | RuntimeException | Error e) {
      if (!sink.started()) {
        throw e;
      }
      LOGGER.log(System.Logger.Level.WARNING, "cut response why=\"{0}\"", e.toString());
      wire.cut();
      throw new CloseConnectionException("the body failed", e);
    } finally {
      buffers.give(buffer);
    }
  }

  private static void beginStream(
      Wire wire, RoutingResponse response, Outgoing outgoing, boolean ranged) {
    applyHead(wire, response, outgoing, ranged);
    OutputStream body = response.outputStream();
    try {
      // An empty write makes the web server write the head, and count the response as begun.
      body.write(new byte[0]);
    } catch (IOException e) {
      throw new IllegalStateException("a head cannot fail in memory", e);
    }
  }

  private static void applyHead(
      Wire wire, RoutingResponse response, Outgoing outgoing, boolean ranged) {
    Reply reply = outgoing.reply();
    response.status(Status.create(outgoing.status()));
    for (Reply.Field field : reply.fields()) {
      response.headers().set(HeaderNames.create(field.name()), field.value());
    }
    if (ranged) {
      response.headers().set(HeaderValues.ACCEPT_RANGES_BYTES);
    }
    if (outgoing.status() == 206) {
      response
          .headers()
          .set(
              HeaderNames.CONTENT_RANGE,
              "bytes "
                  + outgoing.range().from()
                  + "-"
                  + (outgoing.range().to() - 1)
                  + "/"
                  + reply.body().size());
    }
    if (outgoing.status() != 204 && outgoing.status() != 304) {
      response.contentLength(outgoing.length());
    }
    if (wire.closes()) {
      response.headers().set(HeaderValues.CONNECTION_CLOSE);
    }
  }

  /** The Range header, unless an If-Range names another version than the one here. */
  private static Optional<String> rangeField(Request request, Reply reply) {
    Optional<String> range = request.field("Range");
    if (range.isEmpty()) {
      return range;
    }
    Optional<String> version = request.field("If-Range");
    boolean same =
        version.isEmpty()
            || (version.equals(reply.field("ETag")) && !version.get().startsWith("W/"))
            || version.equals(reply.field("Last-Modified"));
    return same ? range : Optional.empty();
  }

  /** What is going out: a reply, or a part of it under another status. */
  private record Outgoing(Reply reply, int status, ByteRange range) {
    static Outgoing whole(Reply reply) {
      return new Outgoing(reply, reply.status(), new ByteRange(0, reply.body().size()));
    }

    static Outgoing unsatisfiable(long size) {
      return whole(Reply.text(416, "no such range").with("Content-Range", "bytes */" + size));
    }

    long length() {
      return range.to() - range.from();
    }
  }
}
