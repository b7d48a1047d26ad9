package spindrift.testkit;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;
import spindrift.testkit.FaultyUpstream.Seen;
import spindrift.testkit.UpstreamFault.Framing;
import spindrift.testkit.UpstreamFault.Plan;
import spindrift.testkit.UpstreamFault.Ranges;

/** One connection to a {@link FaultyUpstream}. For one thread. */
final class FaultyConnection {
  private static final int MAX_LINE = 64 << 10;
  private static final int PIECE = 16 << 10;
  private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-(\\d*)");

  private final FaultyUpstream upstream;
  private final Socket socket;
  private final CountDownLatch stopped;
  private final InputStream in;
  private final OutputStream out;

  /** A part of a file, or of something else. */
  private record Body(InputStream content, long size) {}

  /** From a byte up to but not including another. */
  private record Span(long from, long to) {}

  FaultyConnection(FaultyUpstream upstream, Socket socket, CountDownLatch stopped)
      throws IOException {
    this.upstream = upstream;
    this.socket = socket;
    this.stopped = stopped;
    socket.setTcpNoDelay(true);
    this.in = new BufferedInputStream(socket.getInputStream());
    this.out = socket.getOutputStream();
  }

  /** Ends a connection as if the machine at its other end had crashed. */
  static void reset(Socket connection) throws IOException {
    if (!connection.isClosed()) {
      connection.setSoLinger(true, 0);
      connection.close();
    }
  }

  /** Answers requests until either side ends it. */
  void serve() throws IOException {
    pause(upstream.latency());
    Optional<Seen> request = request();
    while (request.isPresent()) {
      Plan plan = upstream.plan(request.get());
      pause(upstream.latency().plus(plan.delay()));
      if (!answer(request.get(), plan)) {
        return;
      }
      request = request();
    }
  }

  private void pause(Duration time) throws IOException {
    try {
      if (!time.isZero() && stopped.await(time.toNanos(), TimeUnit.NANOSECONDS)) {
        throw new IOException("down");
      }
    } catch (InterruptedException e) {
      throw new InterruptedIOException();
    }
  }

  private Optional<Seen> request() throws IOException {
    String first = line();
    if (first.isEmpty()) {
      return Optional.empty();
    }
    List<String> head = new ArrayList<>();
    for (String line = line(); !line.isEmpty(); line = line()) {
      head.add(line);
    }
    String[] words = first.split(" ", -1);
    return Optional.of(new Seen(words[0], words[1], head));
  }

  private String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int next = in.read(); next >= 0 && next != '\n'; next = in.read()) {
      line.write(next);
      if (line.size() > MAX_LINE) {
        throw new IOException("endless line");
      }
    }
    return line.toString(StandardCharsets.ISO_8859_1).strip();
  }

  /** Whether the connection can be used again. */
  private boolean answer(Seen request, Plan plan) throws IOException {
    Optional<Path> file = file(request.target());
    if (plan.body().isEmpty() && file.isEmpty()) {
      return send(request, plan, "404 Not Found", page("404"), List.of());
    }
    if (plan.body().isPresent()) {
      byte[] content = plan.body().get().toArray();
      Body body = new Body(new ByteArrayInputStream(content), content.length);
      return send(request, plan, plan.status() + " Because", body, List.of());
    }
    Optional<Span> range = range(request, plan, Files.size(file.get()));
    if (range.isPresent()) {
      return part(request, plan, file.get(), range.get());
    }
    Body body = new Body(Files.newInputStream(file.get()), Files.size(file.get()));
    List<String> head =
        plan.ranges() == Ranges.IGNORED ? List.of() : List.of("Accept-Ranges: bytes");
    return send(request, plan, plan.status() + " OK", body, head);
  }

  private boolean part(Seen request, Plan plan, Path file, Span range) throws IOException {
    long size = Files.size(file);
    if (range.from() >= size) {
      List<String> head = List.of("Content-Range: bytes */" + size);
      return send(request, plan, "416 Range Not Satisfiable", page("416"), head);
    }
    InputStream content = Files.newInputStream(file);
    content.skipNBytes(range.from());
    String said = "Content-Range: bytes " + range.from() + "-" + (range.to() - 1) + "/" + size;
    Body body = new Body(content, range.to() - range.from());
    return send(request, plan, "206 Partial Content", body, List.of(said));
  }

  private static Optional<Span> range(Seen request, Plan plan, long size) {
    Matcher range = RANGE.matcher(request.header("Range").orElse(""));
    if (plan.ranges() == Ranges.IGNORED || plan.status() != 200 || !range.matches()) {
      return Optional.empty();
    }
    long from = Long.parseLong(range.group(1));
    long to = range.group(2).isEmpty() ? size : Math.min(size, Long.parseLong(range.group(2)) + 1);
    return Optional.of(plan.ranges() == Ranges.WRONG ? new Span(from / 2, to) : new Span(from, to));
  }

  private Optional<Path> file(String target) {
    int query = target.indexOf('?');
    String path =
        URLDecoder.decode(
            (query < 0 ? target : target.substring(0, query)).replace("+", "%2B"),
            StandardCharsets.UTF_8);
    Path file = upstream.folder().resolve(path.replaceFirst("^/+", "")).normalize();
    return file.startsWith(upstream.folder()) && Files.isRegularFile(file)
        ? Optional.of(file)
        : Optional.empty();
  }

  private static Body page(String text) {
    byte[] content = ("<html><h1>" + text + "</h1></html>\n").getBytes(StandardCharsets.UTF_8);
    return new Body(new ByteArrayInputStream(content), content.length);
  }

  private boolean send(Seen request, Plan plan, String status, Body plain, List<String> more)
      throws IOException {
    Body body = plan.gzip() ? compressed(plain) : plain;
    try (InputStream content = body.content()) {
      List<String> head = new ArrayList<>();
      head.add("HTTP/1.1 " + status);
      head.addAll(more);
      plan.header().ifPresent(head::add);
      if (plan.gzip()) {
        head.add("Content-Encoding: gzip");
      }
      switch (plan.framing()) {
        case LENGTH -> head.add("Content-Length: " + Math.max(0, body.size() + plan.surplus()));
        case CHUNKED -> head.add("Transfer-Encoding: chunked");
        case CLOSE -> head.add("Connection: close");
      }
      out.write((String.join("\r\n", head) + "\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1));
      if (!request.method().equals("HEAD")) {
        send(content, body.size(), plan);
      }
      return plan.framing() != Framing.CLOSE && plan.surplus() == 0;
    }
  }

  private static Body compressed(Body plain) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes);
        InputStream content = plain.content()) {
      content.transferTo(gzip);
    }
    return new Body(new ByteArrayInputStream(bytes.toByteArray()), bytes.size());
  }

  private void send(InputStream content, long size, Plan plan) throws IOException {
    long stall = plan.stall().applyAsLong(size);
    long end = plan.end().applyAsLong(size);
    long reset = plan.reset().applyAsLong(size);
    long corrupt = plan.corrupt().applyAsLong(size);
    long started = System.nanoTime();
    for (long at = 0; at <= size; ) {
      drip(plan.rate(), at, started);
      breakOff(at, stall, end, reset);
      long next = Math.min(Math.min(at + step(plan.rate()), size), nearest(at, stall, end, reset));
      if (at == size) {
        break;
      }
      byte[] piece = content.readNBytes((int) (next - at));
      if (piece.length < next - at) {
        throw new EOFException("the file became shorter");
      }
      if (corrupt >= at && corrupt < next) {
        piece[(int) (corrupt - at)] ^= 1;
      }
      write(piece, plan.framing());
      at = next;
    }
    if (plan.framing() == Framing.CHUNKED) {
      out.write("0\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
    }
  }

  private void breakOff(long at, long stall, long end, long reset) throws IOException {
    if (at == stall) {
      pause(UpstreamFault.FOR_EVER);
    }
    if (at == reset) {
      reset(socket);
    }
    if (at == end || at == reset) {
      throw new IOException("ended as told");
    }
  }

  /** The first of the offsets behind one. */
  private static long nearest(long at, long... offsets) {
    long nearest = Long.MAX_VALUE;
    for (long offset : offsets) {
      nearest = offset > at ? Math.min(nearest, offset) : nearest;
    }
    return nearest;
  }

  /** A twentieth of a second's worth. */
  private static long step(long rate) {
    return rate == 0 ? PIECE : Math.clamp(rate / 20, 1, PIECE);
  }

  private void drip(long rate, long sent, long started) throws IOException {
    if (rate > 0) {
      long due = started + (long) (1e9 * sent / rate);
      pause(Duration.ofNanos(Math.max(0, due - System.nanoTime())));
    }
  }

  private void write(byte[] piece, Framing framing) throws IOException {
    if (framing == Framing.CHUNKED) {
      byte[] size =
          (Integer.toHexString(piece.length) + "\r\n").getBytes(StandardCharsets.ISO_8859_1);
      out.write(size);
      out.write(piece);
      out.write("\r\n".getBytes(StandardCharsets.ISO_8859_1));
    } else {
      out.write(piece);
    }
  }
}
