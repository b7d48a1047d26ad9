package spindrift.mount;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import spindrift.nix.StorePath;

/**
 * What is mounted, and how.
 *
 * @param roots whose closures are shown; empty for every path that the node has or finds
 * @param demand what a path needs to be shown
 * @param patience how long a reader waits for what is missing
 * @param record where to note what was read
 * @param warm a record whose blocks are fetched first
 */
public record MountSettings(
    List<StorePath> roots,
    Demand demand,
    Duration patience,
    Optional<Path> record,
    Optional<Path> warm) {
  /** Ours: a node that is restarted is back by then, and few programs are that patient. */
  public static final Duration PATIENCE = Duration.ofSeconds(60);

  public MountSettings {
    roots = List.copyOf(roots);
  }

  /** What is asked of a path. */
  public enum Demand {
    /** That its narinfo is trusted; each block is what its CID says. */
    ANY_VIEW,
    /** That the NAR which its view renders was hashed, too. */
    PROVED_VIEW
  }

  /** Every path, with the usual patience. */
  public static MountSettings all() {
    return new MountSettings(
        List.of(), Demand.ANY_VIEW, PATIENCE, Optional.empty(), Optional.empty());
  }

  /** The same for the closures of some paths. */
  public MountSettings of(List<StorePath> paths) {
    return new MountSettings(paths, demand, patience, record, warm);
  }

  /** The same with another demand. */
  public MountSettings demanding(Demand changed) {
    return new MountSettings(roots, changed, patience, record, warm);
  }

  /** The same with another patience. */
  public MountSettings waiting(Duration changed) {
    return new MountSettings(roots, demand, changed, record, warm);
  }

  /** The same with a file to note in what was read. */
  public MountSettings recordingTo(Path file) {
    return new MountSettings(roots, demand, patience, Optional.of(file), warm);
  }

  /** The same with a record of what to fetch first. */
  public MountSettings warmedBy(Path file) {
    return new MountSettings(roots, demand, patience, record, Optional.of(file));
  }
}
