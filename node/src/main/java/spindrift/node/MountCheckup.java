package spindrift.node;

import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import spindrift.fuse.Mount;
import spindrift.fuse.MountException;
import spindrift.fuse.MountTable;

/**
 * Mounts that a process left behind when it was killed. They are of no use to anybody, and taken
 * away.
 */
record MountCheckup(MountRegistry registry) implements Checkup {
  private static final String ABOUT = "mounts";

  @Override
  public void run(Consumer<Finding> findings) {
    try {
      registry.clean();
      List<Mount> stale = MountList.stale();
      for (Mount mount : stale) {
        clear(mount, findings);
      }
      if (stale.isEmpty()) {
        findings.accept(Finding.ok(ABOUT, MountTable.ours().size() + " mounted, none left behind"));
      }
    } catch (IOException e) {
      findings.accept(Finding.warning(ABOUT, "mounts cannot be looked at: " + e.getMessage(), ""));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void clear(Mount mount, Consumer<Finding> findings) {
    try {
      MountTable.clear(mount);
      findings.accept(
          Finding.warning(
              ABOUT,
              mount.directory() + " was left behind by a process that is gone; cleared",
              "'spindrift mount " + mount.directory() + " …' mounts it again"));
    } catch (MountException e) {
      findings.accept(
          Finding.problem(
              ABOUT,
              mount.directory() + " was left behind by a process that is gone: " + e.getMessage(),
              "'umount -l " + mount.directory() + "' as root takes it away"));
    }
  }
}
