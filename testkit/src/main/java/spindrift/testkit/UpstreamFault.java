package spindrift.testkit;

import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.function.LongUnaryOperator;
import spindrift.base.Bytes;

/**
 * What a {@link FaultyUpstream} does to some of its answers; the calls add up. Offsets count bytes
 * of the body as it is sent. Those that end in {@code Somewhere} draw an offset for each answer.
 * Safe for use by several threads.
 */
public final class UpstreamFault {
  /** How the end of a body is told. */
  enum Framing {
    LENGTH,
    CHUNKED,
    CLOSE
  }

  /** What becomes of {@code Range}. */
  enum Ranges {
    SERVED,
    /** Not announced, and answered with the whole file. */
    IGNORED,
    /** Answered with 206 and other bytes than those asked for. */
    WRONG
  }

  static final Duration FOR_EVER = Duration.ofDays(1);

  private final String pattern;
  private final Random random;
  private int skipped;
  private int uses = Integer.MAX_VALUE;
  private int percent = 100;
  private Plan plan = Plan.HONEST;

  /**
   * What happens to one answer.
   *
   * @param stall after how many bytes of the body it stalls for good
   * @param end after how many bytes it ends too early
   * @param reset after how many bytes the connection is reset
   * @param corrupt where one bit is wrong
   * @param rate bytes a second; 0 for no bound
   * @param surplus what Content-Length says too much
   */
  record Plan(
      Duration delay,
      LongUnaryOperator stall,
      LongUnaryOperator end,
      LongUnaryOperator reset,
      LongUnaryOperator corrupt,
      long rate,
      long surplus,
      int status,
      Optional<String> header,
      Optional<Bytes> body,
      Framing framing,
      Ranges ranges,
      boolean gzip) {
    static final Plan HONEST =
        new Plan(
            Duration.ZERO,
            Plan::never,
            Plan::never,
            Plan::never,
            Plan::never,
            0,
            0,
            200,
            Optional.empty(),
            Optional.empty(),
            Framing.LENGTH,
            Ranges.SERVED,
            false);

    private static long never(long size) {
      return Long.MAX_VALUE;
    }
  }

  UpstreamFault(String pattern, long seed) {
    this.pattern = pattern;
    this.random = new Random(seed);
  }

  /** Waits before the first byte. */
  public synchronized UpstreamFault delay(Duration time) {
    Draft draft = new Draft(plan);
    draft.delay = time;
    return planned(draft);
  }

  /** Takes the request and never answers. */
  public UpstreamFault silence() {
    return delay(FOR_EVER);
  }

  /** Sends no more after so many bytes, and keeps the connection. */
  public UpstreamFault stallAfter(long bytes) {
    return stall(size -> bytes);
  }

  public UpstreamFault stallSomewhere() {
    return stall(this::somewhere);
  }

  /** Ends the connection properly after so many bytes, whatever was promised. */
  public UpstreamFault truncateAfter(long bytes) {
    return end(size -> bytes);
  }

  public UpstreamFault truncateSomewhere() {
    return end(this::somewhere);
  }

  /** Resets the connection after so many bytes. */
  public UpstreamFault resetAfter(long bytes) {
    return reset(size -> bytes);
  }

  public UpstreamFault resetSomewhere() {
    return reset(this::somewhere);
  }

  /** Changes one bit of the byte at an offset. */
  public UpstreamFault corruptAt(long offset) {
    return corrupt(size -> offset);
  }

  public UpstreamFault corruptSomewhere() {
    return corrupt(this::somewhere);
  }

  /** Sends no faster. */
  public synchronized UpstreamFault drip(long bytesPerSecond) {
    Draft draft = new Draft(plan);
    draft.rate = bytesPerSecond;
    return planned(draft);
  }

  /** Says that the body has so many bytes more (or less, when negative) than are sent. */
  public synchronized UpstreamFault lengthOffBy(long surplus) {
    Draft draft = new Draft(plan);
    draft.surplus = surplus;
    return planned(draft);
  }

  /** Sends the body in chunks, without its length. */
  public synchronized UpstreamFault chunked() {
    Draft draft = new Draft(plan);
    draft.framing = Framing.CHUNKED;
    return planned(draft);
  }

  /** Sends the body without its length, and ends it by closing the connection. */
  public synchronized UpstreamFault withoutLength() {
    Draft draft = new Draft(plan);
    draft.framing = Framing.CLOSE;
    return planned(draft);
  }

  /** Answers with an error and a page of HTML. */
  public UpstreamFault status(int code) {
    return status(code, Optional.empty());
  }

  /** Answers with an error and {@code Retry-After}. */
  public UpstreamFault busy(int code, String retryAfter) {
    return status(code, Optional.of("Retry-After: " + retryAfter));
  }

  /** Sends the client elsewhere; to the same URL for a loop. */
  public UpstreamFault redirect(int code, String location) {
    return status(code, Optional.of("Location: " + location));
  }

  /** Answers with something else: another path's narinfo, garbage, a forgery. */
  public synchronized UpstreamFault answer(Bytes content) {
    Draft draft = new Draft(plan);
    draft.body = Optional.of(content);
    return planned(draft);
  }

  public UpstreamFault answer(String content) {
    return answer(Bytes.utf8(content));
  }

  /** Answers with a page that asks for a password, with status 200, as a hotel does. */
  public UpstreamFault captivePortal() {
    String page = "<!DOCTYPE html><html><body>Room number and name, please</body></html>\n";
    return answer(page).header("Content-Type: text/html");
  }

  /** Adds a line to the head. */
  public synchronized UpstreamFault header(String line) {
    Draft draft = new Draft(plan);
    draft.header = Optional.of(line);
    return planned(draft);
  }

  /** Compresses the body on the way, asked or not: {@code Content-Encoding: gzip}. */
  public synchronized UpstreamFault gzip() {
    Draft draft = new Draft(plan);
    draft.gzip = true;
    draft.framing = Framing.CHUNKED;
    return planned(draft);
  }

  /** Serves no ranges. */
  public synchronized UpstreamFault ignoreRanges() {
    Draft draft = new Draft(plan);
    draft.ranges = Ranges.IGNORED;
    return planned(draft);
  }

  /** Serves other ranges than those asked for, and says so. */
  public synchronized UpstreamFault wrongRanges() {
    Draft draft = new Draft(plan);
    draft.ranges = Ranges.WRONG;
    return planned(draft);
  }

  /** Only the next so many requests that it concerns. */
  public synchronized UpstreamFault times(int requests) {
    uses = requests;
    return this;
  }

  /** Only after so many requests that it concerns. */
  public synchronized UpstreamFault after(int requests) {
    skipped = requests;
    return this;
  }

  /** Only so many of a hundred, drawn by the upstream's seed. */
  public synchronized UpstreamFault sometimes(int ofHundred) {
    percent = ofHundred;
    return this;
  }

  /** What happens to a request; empty when this does not concern it. */
  synchronized Optional<Plan> plan(String path) {
    if (!path.contains(pattern) || uses == 0 || random.nextInt(100) >= percent) {
      return Optional.empty();
    }
    if (skipped > 0) {
      skipped--;
      return Optional.empty();
    }
    uses--;
    return Optional.of(plan);
  }

  private synchronized long somewhere(long size) {
    return size <= 0 ? 0 : random.nextLong(size);
  }

  private synchronized UpstreamFault stall(LongUnaryOperator at) {
    Draft draft = new Draft(plan);
    draft.stall = at;
    return planned(draft);
  }

  private synchronized UpstreamFault end(LongUnaryOperator at) {
    Draft draft = new Draft(plan);
    draft.end = at;
    return planned(draft);
  }

  private synchronized UpstreamFault reset(LongUnaryOperator at) {
    Draft draft = new Draft(plan);
    draft.reset = at;
    return planned(draft);
  }

  private synchronized UpstreamFault corrupt(LongUnaryOperator at) {
    Draft draft = new Draft(plan);
    draft.corrupt = at;
    return planned(draft);
  }

  private synchronized UpstreamFault status(int code, Optional<String> header) {
    Draft draft = new Draft(plan);
    draft.status = code;
    draft.header = header;
    draft.body = Optional.of(Bytes.utf8("<html><h1>" + code + "</h1></html>\n"));
    return planned(draft);
  }

  private UpstreamFault planned(Draft draft) {
    plan = draft.finished();
    return this;
  }

  /** A plan while one thing in it changes. */
  private static final class Draft {
    private Duration delay;
    private LongUnaryOperator stall;
    private LongUnaryOperator end;
    private LongUnaryOperator reset;
    private LongUnaryOperator corrupt;
    private long rate;
    private long surplus;
    private int status;
    private Optional<String> header;
    private Optional<Bytes> body;
    private Framing framing;
    private Ranges ranges;
    private boolean gzip;

    Draft(Plan plan) {
      delay = plan.delay;
      stall = plan.stall;
      end = plan.end;
      reset = plan.reset;
      corrupt = plan.corrupt;
      rate = plan.rate;
      surplus = plan.surplus;
      status = plan.status;
      header = plan.header;
      body = plan.body;
      framing = plan.framing;
      ranges = plan.ranges;
      gzip = plan.gzip;
    }

    Plan finished() {
      return new Plan(
          delay, stall, end, reset, corrupt, rate, surplus, status, header, body, framing, ranges,
          gzip);
    }
  }
}
