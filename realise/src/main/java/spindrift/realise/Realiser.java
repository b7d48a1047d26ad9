package spindrift.realise;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import spindrift.base.AbsentException;
import spindrift.base.FaultException;
import spindrift.nix.StorePath;

/**
 * Puts objects and what they refer to into the local Nix store: several at once, each valid and
 * whole or not there. After a failure, an interrupt or the end of the process what is valid stays,
 * and a second run does the rest. For one run; whoever opened it closes it, which ends the run.
 */
public final class Realiser implements AutoCloseable {
  private final Target target;
  private final ObjectSource source;
  private final Listener listener;

  /** How objects come into the store. */
  public enum Way {
    /** Files are written by this process where it may, and Nix is told of them. */
    DIRECT_WHERE_ALLOWED,
    /** As {@link #DIRECT_WHERE_ALLOWED}; files are on the disk before Nix is told of them. */
    SYNCED_WHERE_ALLOWED,
    /** Nix's daemon takes NARs. */
    DAEMON
  }

  /** Which paths are wanted. */
  public enum Scope {
    /** Those that were named; what they refer to must be there. */
    PATHS,
    /** Also all that they refer to. */
    CLOSURES
  }

  /** Is told how it goes, by several threads. */
  public interface Listener {
    /**
     * @param done bytes of NARs so far
     * @param total bytes of NARs in all
     */
    void progress(long done, long total, StorePath path);

    /** A path is valid now. */
    void realised(StorePath path);
  }

  /**
   * What was done.
   *
   * @param realised paths that were put into the store
   * @param present paths that were there
   * @param narBytes of those that were put into the store
   * @param localBytes of these, what did not have to come over the network
   */
  public record Outcome(int realised, int present, long narBytes, long localBytes) {}

  private Realiser(Target target, ObjectSource source, Listener listener) {
    this.target = target;
    this.source = source;
    this.listener = listener;
  }

  /**
   * Opens the store to write.
   *
   * @param store as the node's setting of this name, save {@code none}
   */
  public static Realiser open(String store, Way way, ObjectSource source, Listener listener)
      throws IOException, FaultException {
    return new Realiser(Target.open(store, way), source, listener);
  }

  /** Whether files are written by this process, and not by the daemon. */
  public boolean isDirect() {
    return target instanceof Target.Direct;
  }

  /**
   * Realises paths.
   *
   * @throws AbsentException when nobody has one of them, or something it refers to
   */
  public Outcome realise(Collection<StorePath> roots, Scope scope)
      throws IOException, FaultException, InterruptedException {
    Plan plan = new Planner(target, source).plan(roots, scope);
    long total = plan.todo().stream().mapToLong(info -> info.narSize()).sum();
    try (Run run = new Run(target, source, listener, List.copyOf(plan.todo()), total)) {
      long localBytes = run.complete();
      return new Outcome(plan.todo().size(), plan.present(), total, localBytes);
    }
  }

  @Override
  public void close() throws IOException {
    target.close();
  }
}
