package spindrift.realise;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import spindrift.base.MalformedDataException;
import spindrift.nix.PathInfo;
import spindrift.nix.StorePath;
import spindrift.store.DirectStore.Placed;

/**
 * Makes objects valid once what they refer to is: as many at once as have come together while the
 * last were registered. Safe for use by several threads, of which one runs it.
 */
final class Registrar {
  /** Ours: each in place and not registered has a file open; systems allow 1024. */
  private static final int MAX_PLACED = 400;

  /** Ours: with so many in place it is time, or those who write would wait. */
  private static final int MANY_PLACED = MAX_PLACED / 2;

  /** Ours: to start a program of Nix takes 20 ms, however few paths it is told of. */
  private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final Semaphore places = new Semaphore(MAX_PLACED, true);
  private final Target target;
  private final Realiser.Listener listener;

  /** Missing objects that are not valid yet. */
  private final Set<StorePath> awaited = new HashSet<>();

  /** Files in place, by the objects' places in the order. */
  private final Map<Integer, Placed> placed = new TreeMap<>();

  /** How many wait for what they refer to. */
  private int waiting;

  private long registeredNanos = System.nanoTime() - PAUSE_NANOS;
  private boolean failed;

  Registrar(Target target, Realiser.Listener listener, List<PathInfo> order) {
    this.target = target;
    this.listener = listener;
    order.forEach(info -> awaited.add(info.path()));
  }

  /** Waits until there are not too many objects in place; to be asked before one is chosen. */
  void awaitPlace() throws InterruptedException {
    places.acquire();
  }

  /** Nothing was put in place. */
  void leavePlace() {
    places.release();
  }

  /** Takes files that are in place; it closes them. */
  synchronized void placed(int number, Placed one) {
    placed.put(number, one);
    notifyAll();
  }

  /** A path has become valid otherwise. */
  synchronized void valid(StorePath path) {
    awaited.remove(path);
    notifyAll();
    listener.realised(path);
  }

  /** Waits until all that an object refers to is valid. */
  synchronized void awaitReferences(PathInfo info) throws InterruptedException {
    waiting++;
    notifyAll();
    try {
      while (!isReady(info, Set.of())) {
        requireSound();
        wait();
      }
    } finally {
      waiting--;
    }
  }

  private void requireSound() throws InterruptedException {
    if (failed) {
      throw new InterruptedException("another path failed");
    }
  }

  /** Registers until all is valid. */
  void run() throws IOException, MalformedDataException, InterruptedException {
    for (List<Placed> batch = next(); !batch.isEmpty(); batch = next()) {
      register(batch);
    }
  }

  private void register(List<Placed> batch) throws IOException, MalformedDataException {
    try (Closeable _ = () -> close(batch)) {
      target.register(batch);
    }
    places.release(batch.size());
    for (Placed one : batch) {
      valid(one.info().path());
    }
  }

  /** Registers what can be now, though another path failed: it need not come again. */
  void registerReady() throws IOException, MalformedDataException {
    List<Placed> batch = takeReady();
    if (!batch.isEmpty()) {
      register(batch);
    }
  }

  private synchronized List<Placed> takeReady() {
    List<Placed> ready = ready();
    placed.values().removeAll(ready);
    return ready;
  }

  private List<Placed> ready() {
    List<Placed> ready = new ArrayList<>();
    Set<StorePath> among = new HashSet<>();
    for (Placed one : placed.values()) {
      if (isReady(one.info(), among)) {
        ready.add(one);
        among.add(one.info().path());
      }
    }
    return ready;
  }

  /** Waits for objects that can be registered; none when all are. */
  private synchronized List<Placed> next() throws InterruptedException {
    while (!awaited.isEmpty()) {
      requireSound();
      List<Placed> ready = ready();
      long pause = isUrgent() ? 0 : registeredNanos + PAUSE_NANOS - System.nanoTime();
      if (ready.isEmpty()) {
        wait();
      } else if (pause > 0) {
        TimeUnit.NANOSECONDS.timedWait(this, pause);
      } else {
        placed.values().removeAll(ready);
        registeredNanos = System.nanoTime();
        return ready;
      }
    }
    return List.of();
  }

  /** Whether somebody waits for it that objects become valid. */
  private boolean isUrgent() {
    return waiting > 0 || placed.size() >= Math.min(MANY_PLACED, awaited.size());
  }

  private boolean isReady(PathInfo info, Set<StorePath> among) {
    return info.references().stream()
        .allMatch(
            path -> path.equals(info.path()) || among.contains(path) || !awaited.contains(path));
  }

  /** Lets nobody wait any longer. */
  synchronized void fail() {
    failed = true;
    notifyAll();
  }

  /** Takes away what is in place and will not be registered. */
  synchronized void abandon() throws IOException {
    List<Placed> all = List.copyOf(placed.values());
    placed.clear();
    close(all);
  }

  private static void close(List<Placed> all) throws IOException {
    IOException failure = null;
    for (Placed one : all) {
      try {
        one.close();
      } catch (IOException | RuntimeException e) {
        if (failure == null) {
          failure =
              new IOException("cannot give up " + one.info().path() + ": " + e.getMessage(), e);
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
