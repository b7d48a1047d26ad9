package spindrift.node;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import spindrift.base.JsonObject;
import spindrift.fuse.Mount;
import spindrift.fuse.MountException;
import spindrift.fuse.MountTable;

/** What is mounted on this machine, and what processes said of it. */
record MountList(Path data) {
  private static final Duration ASKED = Duration.ofSeconds(2);

  List<JsonObject> all() throws IOException, InterruptedException {
    List<MountRegistry.Entry> entries = new MountRegistry(data).entries();
    List<JsonObject> all = new ArrayList<>();
    for (Mount mount : MountTable.ours()) {
      JsonObject known =
          Mounted.described(entries, mount.directory())
              .orElse(JsonObject.of("directory", mount.directory().toString()));
      MountTable.Condition condition = MountTable.condition(mount, ASKED);
      all.add(known.with("condition", condition.name().toLowerCase(Locale.ROOT)));
    }
    return all;
  }

  /** Mounts whose process is gone. */
  static List<Mount> stale() throws IOException, InterruptedException {
    List<Mount> stale = new ArrayList<>();
    for (Mount mount : MountTable.ours()) {
      if (MountTable.condition(mount, ASKED) == MountTable.Condition.STALE) {
        stale.add(mount);
      }
    }
    return stale;
  }

  static void unmount(Path directory, Mounted.Force force) throws IOException {
    Path wanted = directory.toAbsolutePath().normalize();
    Optional<Mount> found = find(wanted);
    if (found.isEmpty()) {
      // Not before: of a mount whose process is gone, links cannot be resolved.
      found = find(wanted.toRealPath());
    }
    Mount mount =
        found.orElseThrow(
            () ->
                new IOException(
                    "nothing is mounted at " + directory + "; 'spindrift mounts' lists what is"));
    try {
      MountTable.unmount(mount);
    } catch (MountException e) {
      if (e.reason() != MountException.Reason.BUSY || force == Mounted.Force.NEVER) {
        throw e;
      }
      MountTable.clear(mount);
    }
  }

  private static Optional<Mount> find(Path directory) throws IOException {
    return MountTable.ours().stream()
        .filter(mount -> mount.directory().equals(directory))
        .reduce((earlier, later) -> later);
  }
}
