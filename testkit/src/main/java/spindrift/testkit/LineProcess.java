package spindrift.testkit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.Writer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import spindrift.base.FaultException;
import spindrift.base.Json;
import spindrift.base.JsonObject;

/**
 * A program that is told what to do by JSON objects on its standard input, one a line, and answers
 * on its standard output, in any order; what it says without an {@code id} is an event, and the
 * first of them is {@code ready}. It ends when its input does, so it outlives nobody who started
 * it. Safe for use by several threads.
 */
final class LineProcess implements AutoCloseable {
  private static final Duration START_LIMIT = Duration.ofSeconds(30);
  private static final int END_SECONDS = 10;

  /** A program gives up before we do, so that its own words reach the report. */
  private static final int GRACE_SECONDS = 10;

  private static final JsonObject ENDED = JsonObject.of("error", "the process has ended");

  private final Process process;
  private final Path log;
  private final Consumer<JsonObject> onEvent;
  private final Map<Long, BlockingQueue<JsonObject>> asked = new ConcurrentHashMap<>();
  private final AtomicLong lastId = new AtomicLong();
  private final BlockingQueue<JsonObject> ready = new ArrayBlockingQueue<>(1);

  private LineProcess(Process process, Path log, Consumer<JsonObject> onEvent) {
    this.process = process;
    this.log = log;
    this.onEvent = onEvent;
  }

  /**
   * Starts a program; its errors go to the log.
   *
   * @param onEvent hears all events but the first, on a thread that must not be held up
   */
  static LineProcess start(ProcessBuilder builder, Path log, Consumer<JsonObject> onEvent)
      throws IOException {
    Process started = builder.redirectError(log.toFile()).start();
    LineProcess process = new LineProcess(started, log, onEvent);
    // A pipe that is read holds its thread, so not a virtual one.
    Thread.ofPlatform().daemon().name("output of " + started.pid()).start(process::listen);
    return process;
  }

  /** Waits for the first event. */
  JsonObject awaitReady() throws IOException {
    return take(ready, START_LIMIT);
  }

  private void listen() {
    try (BufferedReader lines = process.inputReader()) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        hear(Json.parseObject(line));
      }
    } catch (IOException | FaultException e) {
      process.destroyForcibly(); // what it says cannot be followed
    }
    ready.offer(ENDED);
    asked.values().forEach(waiting -> waiting.offer(ENDED));
  }

  private void hear(JsonObject said) throws FaultException {
    if (said.find("id").isPresent()) {
      BlockingQueue<JsonObject> waiting = asked.remove(said.whole("id"));
      if (waiting != null) {
        waiting.offer(said);
      }
    } else if (said.text("event").equals("ready")) {
      ready.offer(said);
    } else {
      onEvent.accept(said);
    }
  }

  /**
   * Has the program do something, and waits for its answer.
   *
   * @throws IOException with the program's words when it could not, or was not done in time
   */
  JsonObject ask(int limitSeconds, String what, Object... fields) throws IOException {
    long id = lastId.incrementAndGet();
    BlockingQueue<JsonObject> answer = new ArrayBlockingQueue<>(1);
    asked.put(id, answer);
    JsonObject line =
        JsonObject.of(fields)
            .with("id", id)
            .with("do", what)
            .with("limitMs", TimeUnit.SECONDS.toMillis(limitSeconds));
    synchronized (process) {
      Writer writer = process.outputWriter();
      writer.write(line + "\n");
      writer.flush();
    }
    return take(answer, Duration.ofSeconds(limitSeconds + GRACE_SECONDS));
  }

  private JsonObject take(BlockingQueue<JsonObject> queue, Duration limit) throws IOException {
    try {
      JsonObject answer = queue.poll(limit.toMillis(), TimeUnit.MILLISECONDS);
      if (answer == null) {
        throw new IOException("no answer within " + limit + "; see " + log);
      }
      if (answer.find("error").isPresent()) {
        throw new IOException(answer.text("error") + "; see " + log);
      }
      return answer;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted").initCause(e);
    } catch (FaultException e) {
      throw new IOException(e);
    }
  }

  /** What a program's answer says. */
  interface Reading<T> {
    T from(JsonObject answer) throws FaultException;
  }

  static <T> T read(JsonObject answer, Reading<T> reading) throws IOException {
    try {
      return reading.from(answer);
    } catch (FaultException e) {
      throw new IOException("it said " + answer, e);
    }
  }

  /** Ends the program by ending its input, and by force when it takes too long. */
  @Override
  public void close() throws IOException {
    synchronized (process) {
      try {
        process.outputWriter().close();
      } catch (IOException e) {
        // It has ended already.
      }
    }
    try {
      if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
