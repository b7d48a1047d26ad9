package spindrift.node;

import java.io.EOFException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.JsonObject;
import spindrift.ipld.Cid;
import spindrift.mount.BlockAnswer;
import spindrift.mount.Depot;
import spindrift.mount.PathRecord;
import spindrift.nix.StorePath;

/**
 * A control connection on which a mount asks many things at once.
 *
 * <p>Each question is a line {@code {"id": …, "ask": …}}, each answer has any number of lines with
 * the question's id, the last of them with {@code "end": true} or an {@code "error"}. Behind a line
 * with {@code "bytes"}, whoever writes it, come as many bytes.
 *
 * <pre>
 * resolve  path         → record, unless nobody has it; nodes of its view, each "cid" and bytes
 * prove    record       → record
 * closure  paths        → paths, some lines
 * known                 → paths, some lines
 * places   bytes        → bytes, some lines; see {@link LeafPlaces}
 * blocks   path, cids, within (milliseconds)
 *                       → of each its place in "cids" as "at", and a file, bytes or "absent"
 * bytes    as blocks     → as blocks, but never a file
 * </pre>
 */
final class MountConversation {
  /** The command that begins one. */
  static final String COMMAND = "mount";

  private static final System.Logger LOG = System.getLogger(MountConversation.class.getName());

  /** Ours: 64 readers, what is fetched ahead of them, and more; others wait in the socket. */
  private static final int QUESTIONS = 1024;

  /** Ours: each holds a block of up to 2 MiB while it is sent. */
  private static final int FETCHES = 32;

  /** Ours: as {@link #FETCHES}, of blocks that are on the disk of this node. */
  private static final int READS = 16;

  /** Ours: how long a mount waits for a block that says nothing else. */
  private static final Duration MOST_PATIENCE = Duration.ofMinutes(10);

  private static final int PATHS_A_LINE = 1000;

  /** Some ten places. */
  private static final int FIRST_PLACES_BYTES = 1500;

  /** Some hundred places: the mount takes them while more are looked for. */
  private static final int PLACES_BYTES = 32_000;

  private static final long GRACE_SECONDS = 5;

  private final ControlLines lines;
  private final MountService service;
  private final Semaphore questions = new Semaphore(QUESTIONS);
  private final Semaphore reads = new Semaphore(READS);
  private final Semaphore fetches = new Semaphore(FETCHES);
  private final ScheduledThreadPoolExecutor clock = clock();

  MountConversation(ControlLines lines, MountService service) {
    this.lines = lines;
    this.service = service;
  }

  private static ScheduledThreadPoolExecutor clock() {
    ScheduledThreadPoolExecutor clock =
        new ScheduledThreadPoolExecutor(
            1,
            Thread.ofVirtual().name("mount-deadlines").factory(),
            new ThreadPoolExecutor.DiscardPolicy());
    clock.setRemoveOnCancelPolicy(true);
    return clock;
  }

  /** Answers until the mount goes away or the node stops. */
  void run() throws IOException, FaultException, InterruptedException {
    lines.write("result", JsonObject.of("pid", ProcessHandle.current().pid()));
    ExecutorService threads =
        Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("mount", 0).factory());
    try {
      while (true) {
        JsonObject question = lines.read();
        Bytes behind = lines.readBytes(MountMessages.bytesBehindQuestion(question));
        questions.acquire();
        threads.execute(
            () -> {
              try {
                answer(question, behind);
              } finally {
                questions.release();
              }
            });
      }
    } catch (EOFException e) {
      LOG.log(Level.DEBUG, "mount has gone");
    } finally {
      // What they use closes next, and nobody waits for them any more.
      threads.shutdownNow();
      clock.shutdownNow();
      if (!threads.awaitTermination(GRACE_SECONDS, TimeUnit.SECONDS)) {
        LOG.log(Level.WARNING, "stop-mount answers cut off");
      }
    }
  }

  private void answer(JsonObject question, Bytes behind) {
    try {
      long id = question.whole("id");
      try {
        answer(id, question, behind);
        lines.send(JsonObject.of("id", id, "end", true));
      } catch (FaultException e) {
        lines.send(JsonObject.of("id", id, "error", e.getMessage(), "fault", e.fault().name()));
      } catch (IOException e) {
        lines.send(JsonObject.of("id", id, "error", String.valueOf(e.getMessage())));
      } catch (RuntimeException | Error e) {
        LOG.log(Level.ERROR, "a mount's question failed", e);
        lines.send(JsonObject.of("id", id, "error", "the node failed; its log says why: " + e));
      }
    } catch (IOException | FaultException e) {
      LOG.log(Level.DEBUG, "mount has gone", e);
    }
  }

  private void answer(long id, JsonObject question, Bytes behind)
      throws IOException, FaultException {
    switch (question.text("ask")) {
      case "resolve" -> {
        Optional<PathRecord> found =
            service.records().resolve(StorePath.ofBaseName(question.text("path")));
        if (found.isPresent()) {
          send(id, found.get());
          nodes(id, found.get().narView());
        }
      }
      case "prove" ->
          send(id, service.records().prove(MountMessages.record(question.object("record"))));
      case "closure" -> send(id, service.closure(MountMessages.paths(question)));
      case "known" -> send(id, service.known());
      case "places" -> places(id, LeafPlaces.leaves(behind));
      case "blocks" -> blocks(id, question, Form.ANY);
      case "bytes" -> blocks(id, question, Form.BYTES);
      default -> throw new IOException("this node cannot answer " + question.text("ask"));
    }
  }

  /** Those that are here: the mount asks for them next. */
  private void nodes(long id, Cid view) throws IOException {
    Gone gone = new Gone();
    service
        .blocks()
        .viewNodes(
            view,
            (cid, bytes) -> {
              try {
                lines.send(MountMessages.ofNode(id, cid, bytes), bytes);
              } catch (IOException e) {
                gone.note(e);
              }
            });
    gone.check();
  }

  private void send(long id, PathRecord record) throws IOException {
    lines.send(JsonObject.of("id", id, "record", MountMessages.ofRecord(record)));
  }

  private void send(long id, List<StorePath> paths) throws IOException {
    for (int from = 0; from < paths.size(); from += PATHS_A_LINE) {
      List<StorePath> part = paths.subList(from, Math.min(paths.size(), from + PATHS_A_LINE));
      lines.send(JsonObject.of("id", id, "paths", MountMessages.ofPaths(part)));
    }
  }

  /** The first few at once: for them somebody waits. */
  private void places(long id, List<Cid> leaves) throws IOException {
    Map<Cid, Integer> at = positions(leaves);
    LeafPlaces.Writer writer = new LeafPlaces.Writer();
    int[] most = {FIRST_PLACES_BYTES};
    service
        .blocks()
        .places(
            leaves,
            (leaf, place) -> {
              writer.add(
                  at.getOrDefault(leaf, 0),
                  place.file(),
                  place.identity(),
                  place.offset(),
                  place.length());
              if (writer.size() > most[0]) {
                sendPlaces(id, writer);
                most[0] = PLACES_BYTES;
              }
            });
    sendPlaces(id, writer);
  }

  private void sendPlaces(long id, LeafPlaces.Writer writer) throws IOException {
    Bytes places = writer.take();
    lines.send(JsonObject.of("id", id, "bytes", places.size()), places);
  }

  private static Map<Cid, Integer> positions(List<Cid> cids) {
    Map<Cid, Integer> at = new HashMap<>();
    for (int i = 0; i < cids.size(); i++) {
      at.putIfAbsent(cids.get(i), i);
    }
    return at;
  }

  /** How blocks are told. */
  private enum Form {
    ANY,
    BYTES
  }

  /** What lies in files needs no place, so that a source that stalls keeps nobody from it. */
  private void blocks(long id, JsonObject question, Form form) throws IOException, FaultException {
    long until = until(question);
    List<Cid> cids = MountMessages.cids(question);
    Map<Cid, Integer> at = positions(cids);
    Gone gone = new Gone();
    Depot.Answers answers =
        (cid, answer) -> {
          try {
            JsonObject message = MountMessages.ofAnswer(id, at.getOrDefault(cid, 0), answer);
            lines.send(
                message, answer instanceof BlockAnswer.Content(Bytes bytes) ? bytes : Bytes.EMPTY);
          } catch (IOException e) {
            gone.note(e);
          }
        };
    List<Cid> missing = form == Form.ANY ? service.blocks().answerPlaces(cids, answers) : cids;
    if (!missing.isEmpty()) {
      missing = here(missing, until, answers);
    }
    if (!missing.isEmpty()) {
      StorePath path = StorePath.ofBaseName(question.text("path"));
      fetch(path, missing, until, answers);
    }
    gone.check();
  }

  /** When an answer has to be there: an instant of {@link System#nanoTime}. */
  static long until(JsonObject question) throws FaultException {
    long millis = question.optionalWhole("within").orElse(MOST_PATIENCE.toMillis());
    Duration within = Duration.ofMillis(Math.clamp(millis, 1, MOST_PATIENCE.toMillis()));
    return System.nanoTime() + within.toNanos();
  }

  private List<Cid> here(List<Cid> cids, long until, Depot.Answers answers) throws IOException {
    try (Lease _ = Lease.of(reads, until)) {
      return service.blocks().answerBytes(cids, answers);
    }
  }

  /** Whoever has given up neither keeps a place nor has more fetched. */
  private void fetch(StorePath path, List<Cid> cids, long until, Depot.Answers answers)
      throws IOException, FaultException {
    try (Lease lease = Lease.of(fetches, until)) {
      ScheduledFuture<?> end =
          clock.schedule(lease::close, until - System.nanoTime(), TimeUnit.NANOSECONDS);
      try {
        service.blocks().fetch(path, cids, () -> System.nanoTime() - until < 0, answers);
      } finally {
        end.cancel(false);
      }
    }
  }

  /** A place, given back once. */
  private static final class Lease implements AutoCloseable {
    private final Semaphore places;
    private final AtomicBoolean open = new AtomicBoolean(true);

    private Lease(Semaphore places) {
      this.places = places;
    }

    /** Waits for a place. */
    static Lease of(Semaphore places, long until) throws IOException {
      try {
        if (!places.tryAcquire(until - System.nanoTime(), TimeUnit.NANOSECONDS)) {
          throw new IOException("the node is busy with what other readers wait for");
        }
        return new Lease(places);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("the node stops", e);
      }
    }

    @Override
    public void close() {
      if (open.compareAndSet(true, false)) {
        places.release();
      }
    }
  }

  /** Remembers that nobody is left to answer. */
  private static final class Gone {
    private Optional<IOException> why = Optional.empty();

    void note(IOException failure) {
      why = Optional.of(failure);
    }

    void check() throws IOException {
      if (why.isPresent()) {
        throw why.get();
      }
    }
  }
}
