package spindrift.realise;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import spindrift.base.FaultException;
import spindrift.base.IntegrityException;
import spindrift.base.LimitExceededException;
import spindrift.base.LostBytesException;
import spindrift.base.MalformedDataException;
import spindrift.nix.PathInfo;
import spindrift.realise.ObjectSource.Form;
import spindrift.store.DirectStore.Placed;

/**
 * The fetching of objects in an order, several at once; ends with the first failure. Whoever began
 * it closes it.
 */
final class Run implements AutoCloseable {
  /** Ours: enough to hide a round trip for each; Nix has 16 by default, each with more memory. */
  private static final int AT_ONCE = 12;

  private static final System.Logger LOG = System.getLogger(Run.class.getName());

  private static final int END_SECONDS = 20;

  private final Target target;
  private final ObjectSource source;
  private final Realiser.Listener listener;
  private final List<PathInfo> order;
  private final long total;
  private final Registrar registrar;
  private final AtomicInteger next = new AtomicInteger();
  private final AtomicLong done = new AtomicLong();
  private final AtomicLong local = new AtomicLong();
  private final AtomicReference<Optional<Exception>> failure =
      new AtomicReference<>(Optional.empty());
  // Platform threads: they write files.
  private final ExecutorService threads =
      Executors.newFixedThreadPool(
          AT_ONCE, Thread.ofPlatform().daemon().name("realise-", 0).factory());

  Run(
      Target target,
      ObjectSource source,
      Realiser.Listener listener,
      List<PathInfo> order,
      long total) {
    this.target = target;
    this.source = source;
    this.listener = listener;
    this.order = order;
    this.total = total;
    this.registrar = new Registrar(target, listener, order);
  }

  /** Returns when all is valid: how many bytes were here already. */
  long complete() throws IOException, FaultException, InterruptedException {
    for (int i = 0; i < Math.min(AT_ONCE, order.size()); i++) {
      threads.execute(this::work);
    }
    try {
      registrar.run();
    } catch (IOException | FaultException e) {
      failed(e);
    } catch (InterruptedException e) {
      if (failure.get().isEmpty()) {
        throw e;
      }
    }
    switch (failure.get().orElse(null)) {
      case null -> {}
      case IOException e -> throw e;
      case FaultException e -> throw e;
      case RuntimeException e -> throw e;
      case Exception e -> throw new IOException(e);
    }
    return local.get();
  }

  private void work() {
    try {
      while (true) {
        // First a place: who waits for one must not hold up what comes before what others placed.
        registrar.awaitPlace();
        int number = next.getAndIncrement();
        if (number >= order.size()) {
          registrar.leavePlace();
          return;
        }
        realise(number, order.get(number));
      }
    } catch (IOException | FaultException | InterruptedException | RuntimeException e) {
      failed(e);
    } catch (Throwable e) {
      // Whoever waits for this object must hear of it, whatever it is.
      failed(new IOException(e));
    }
  }

  private void realise(int number, PathInfo info)
      throws IOException, FaultException, InterruptedException {
    if (target.placesFirst(info)) {
      Optional<Placed> placed = place(info);
      if (placed.isPresent()) {
        registrar.placed(number, placed.get());
        return;
      }
      registrar.leavePlace();
    } else {
      registrar.leavePlace();
      registrar.awaitReferences(info);
      target.add(info, () -> open(info, Form.CHECKED));
    }
    registrar.valid(info.path());
  }

  /** What was wrong comes once more, checked: then it is known whose fault it is. */
  private Optional<Placed> place(PathInfo info) throws IOException, FaultException {
    AtomicReference<Optional<CountedNar>> read = new AtomicReference<>(Optional.empty());
    try {
      return target.place(
          info,
          () -> {
            CountedNar nar = open(info, Form.UNCHECKED);
            read.set(Optional.of(nar));
            return nar;
          });
    } catch (LostBytesException
        | IntegrityException
        | MalformedDataException
        | LimitExceededException e) {
      LOG.log(Level.DEBUG, "wrong nar path={0} why=\"{1}\"", info.path(), e.getMessage());
    }
    read.get().ifPresent(CountedNar::takeBack);
    return target.place(info, () -> open(info, Form.CHECKED));
  }

  private void failed(Exception why) {
    if (!isInterrupt(why) || failure.get().isEmpty()) {
      failure.compareAndSet(Optional.empty(), Optional.of(why));
    }
    registrar.fail();
    threads.shutdownNow();
  }

  private static boolean isInterrupt(Exception why) {
    return why instanceof InterruptedException || why instanceof InterruptedIOException;
  }

  private CountedNar open(PathInfo info, Form form) throws IOException, FaultException {
    return new CountedNar(source.nar(info, form), this::read, local::addAndGet, info);
  }

  private void read(PathInfo info, long bytes) {
    listener.progress(done.addAndGet(bytes), total, info.path());
  }

  /**
   * Ends what is under way, and takes away what is not whole. What became whole before another path
   * failed stays.
   */
  @Override
  public void close() throws IOException {
    boolean hasFailed = failure.get().filter(why -> !isInterrupt(why)).isPresent();
    threads.shutdownNow();
    registrar.fail();
    boolean interrupted = false;
    try {
      threads.awaitTermination(END_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      interrupted = true;
    }
    try {
      if (hasFailed && !interrupted) {
        registrar.registerReady();
      }
    } catch (IOException | MalformedDataException e) {
      LOG.log(Level.DEBUG, "not registered why=\"{0}\"", e.getMessage());
    } finally {
      registrar.abandon();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
