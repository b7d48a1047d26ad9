package spindrift.node;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.JsonObject;
import spindrift.base.MalformedDataException;
import spindrift.ipld.Cid;
import spindrift.mount.BlockAnswer;
import spindrift.mount.Depot;
import spindrift.mount.PathRecord;
import spindrift.nix.StorePath;

/**
 * The node of a data directory as a mount asks it, over one connection of the control socket. A
 * node that went is waited for, and asked again for what it has not answered. Safe for use by
 * several threads.
 */
public final class NodeDepot implements Depot {
  private static final System.Logger LOG = System.getLogger(NodeDepot.class.getName());

  /** How often a node that is not there is looked for. */
  private static final long PAUSE_MILLIS = 100;

  /** A NAR of some GB over a slow line. */
  private static final Duration PROVING = Duration.ofHours(2);

  private static final Answers NOBODY = (cid, answer) -> {};

  private final Path data;
  private final Duration patience;
  private final ReentrantLock lock = new ReentrantLock();
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile Optional<MountLink> link = Optional.empty();
  private volatile boolean closed;

  private NodeDepot(Path data, Duration patience) {
    this.data = data;
    this.patience = patience;
  }

  /**
   * Connects to a node that runs.
   *
   * @param patience how long a call waits, for a node that restarts as for an answer
   * @throws spindrift.base.ConfigException when none runs on this data directory
   */
  public static NodeDepot connect(Path data, Duration patience) throws IOException, FaultException {
    NodeDepot depot = new NodeDepot(data, patience);
    depot.link = Optional.of(MountLink.open(data));
    return depot;
  }

  /** Takes the messages of an answer; on the thread that asked. */
  @FunctionalInterface
  private interface Reader {
    void read(MountLink.Message message) throws FaultException;
  }

  @Override
  public Optional<PathRecord> resolve(StorePath path, Answers nodes)
      throws IOException, FaultException {
    return record(JsonObject.of("ask", "resolve", "path", path.baseName()), patience, nodes);
  }

  @Override
  public PathRecord prove(PathRecord record) throws IOException, FaultException {
    return record(
            JsonObject.of("ask", "prove", "record", MountMessages.ofRecord(record)),
            PROVING,
            NOBODY)
        .orElseThrow(() -> new IOException("the node gave no answer"));
  }

  private Optional<PathRecord> record(JsonObject question, Duration atMost, Answers nodes)
      throws IOException, FaultException {
    List<PathRecord> records = new ArrayList<>();
    ask(
        () -> Asked.of(question),
        atMost,
        message -> {
          if (message.head().optionalObject("record").isPresent()) {
            records.add(MountMessages.record(message.head().object("record")));
          }
          Optional<String> node = message.head().optionalText("cid");
          if (node.isPresent()) {
            nodes.answer(Cid.parse(node.get()), new BlockAnswer.Content(message.behind()));
          }
        });
    return records.stream().findFirst();
  }

  @Override
  public List<StorePath> closure(List<StorePath> roots) throws IOException, FaultException {
    return paths(JsonObject.of("ask", "closure", "paths", MountMessages.ofPaths(roots)));
  }

  @Override
  public List<StorePath> known() throws IOException, FaultException {
    return paths(JsonObject.of("ask", "known"));
  }

  private List<StorePath> paths(JsonObject question) throws IOException, FaultException {
    List<StorePath> paths = new ArrayList<>();
    ask(
        () -> {
          paths.clear();
          return Asked.of(question);
        },
        patience,
        message -> {
          if (message.head().find("paths").isPresent()) {
            paths.addAll(MountMessages.paths(message.head()));
          }
        });
    return paths;
  }

  @Override
  public void places(List<Cid> leaves, Found found) throws IOException, FaultException {
    Bytes digests = LeafPlaces.question(leaves);
    ask(
        () -> new Asked(JsonObject.of("ask", "places", "bytes", digests.size()), digests),
        patience,
        message -> LeafPlaces.read(message.behind(), leaves, found));
  }

  @Override
  public void fetch(StorePath path, List<Cid> cids, Answers answers)
      throws IOException, FaultException {
    fetch("blocks", path, cids, answers);
  }

  @Override
  public void fetchBytes(StorePath path, List<Cid> cids, Answers answers)
      throws IOException, FaultException {
    fetch("bytes", path, cids, answers);
  }

  private void fetch(String question, StorePath path, List<Cid> cids, Answers answers)
      throws IOException, FaultException {
    Map<Cid, Boolean> open = new LinkedHashMap<>();
    cids.forEach(cid -> open.put(cid, true));
    long until = System.nanoTime() + patience.toNanos();
    List<Cid> asked = new ArrayList<>();
    ask(
        () -> {
          asked.clear();
          asked.addAll(open.keySet());
          return Asked.of(
              JsonObject.of(
                  "ask", question,
                  "path", path.baseName(),
                  "within", Math.max(1, (until - System.nanoTime()) / 1_000_000),
                  "cids", asked.stream().map(Cid::toString).toList()));
        },
        patience,
        message -> {
          if (message.head().find("at").isEmpty()) {
            return;
          }
          long at = message.head().whole("at");
          if (at < 0 || at >= asked.size()) {
            throw new MalformedDataException("answer of the node", -1, "block " + at);
          }
          Cid cid = asked.get((int) at);
          BlockAnswer answer = MountMessages.answer(message.head(), message.behind());
          if (open.remove(cid) != null) {
            answers.answer(cid, answer);
          }
        });
  }

  /** Makes a question anew each time that it is asked. */
  @FunctionalInterface
  private interface Question {
    Asked make();
  }

  /**
   * A question.
   *
   * @param behind the bytes behind its line
   */
  private record Asked(JsonObject head, Bytes behind) {
    static Asked of(JsonObject head) {
      return new Asked(head, Bytes.EMPTY);
    }
  }

  private void ask(Question question, Duration atMost, Reader reader)
      throws IOException, FaultException {
    long until = System.nanoTime() + atMost.toNanos();
    while (true) {
      MountLink open = link(until);
      Asked asked = question.make();
      try (MountLink.Call call = open.ask(asked.head(), asked.behind())) {
        Optional<MountLink.Message> message = call.next(until);
        while (message.isPresent()) {
          reader.read(message.get());
          message = call.next(until);
        }
        return;
      } catch (LostNodeException e) {
        LOG.log(Level.INFO, "lost-node why=\"{0}\"", e.getMessage());
        drop(open);
      }
    }
  }

  /** The connection, made anew where there is none. */
  private MountLink link(long until) throws IOException, FaultException {
    lock(until);
    try {
      while (link.isEmpty()) {
        if (closed) {
          throw new IOException("the mount is closed");
        }
        try {
          link = Optional.of(MountLink.open(data));
        } catch (IOException | FaultException e) {
          if (System.nanoTime() - until > 0) {
            throw new IOException("no node answers on " + data + ": " + e.getMessage(), e);
          }
          pause();
        }
      }
      return link.get();
    } finally {
      lock.unlock();
    }
  }

  /** A node that was stopped answers nobody, and he who asks it must not keep others waiting. */
  private void lock(long until) throws IOException {
    try {
      if (!lock.tryLock(Math.max(1, until - System.nanoTime()), TimeUnit.NANOSECONDS)) {
        throw new IOException("no node answers on " + data);
      }
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  private void pause() throws InterruptedIOException {
    try {
      if (ended.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS)) {
        LOG.log(Level.DEBUG, "closed while the node was awaited");
      }
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  private static InterruptedIOException interrupted() {
    Thread.currentThread().interrupt();
    return new InterruptedIOException("interrupted while the node was awaited");
  }

  private void drop(MountLink lost) {
    lost.close();
    lock.lock();
    try {
      if (link.filter(lost::equals).isPresent()) {
        link = Optional.empty();
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    closed = true;
    ended.countDown();
    Optional<MountLink> open = link;
    open.ifPresent(MountLink::close);
  }
}
