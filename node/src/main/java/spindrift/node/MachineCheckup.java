package spindrift.node;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Year;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.function.Consumer;
import spindrift.base.ConfigException;
import spindrift.base.JsonObject;

/** Clock, disk and limits of the machine. */
record MachineCheckup(NodeConfig config, Optional<JsonObject> status, Optional<JsonObject> node)
    implements Checkup {
  /** This was written then. */
  private static final int FIRST_YEAR = 2026;

  private static final long GIB = 1L << 30;

  /** A connection, a pack and a store file each take one. */
  private static final long MIN_FILES = 4096;

  @Override
  public void run(Consumer<Finding> findings) {
    int year = Year.now(ZoneOffset.UTC).getValue();
    if (year < FIRST_YEAR) {
      findings.accept(
          Finding.problem(
              "clock", "it is the year " + year + " here", "set the clock: timedatectl"));
    }
    disk("data", config.data(), findings);
    try {
      DataDirectory.storeFiles(config).ifPresent(store -> disk("store", store, findings));
    } catch (ConfigException e) {
      // The check of the store says so.
    }
    status.ifPresent(known -> quota(known, findings));
    node.ifPresent(running -> files(Doctor.whole(running, "pid"), findings));
  }

  private static void disk(String what, Path folder, Consumer<Finding> findings) {
    String about = "disk";
    try {
      Path there = folder;
      while (!Files.exists(there) && there.getParent() != null) {
        there = there.getParent();
      }
      FileStore store = Files.getFileStore(there);
      long free = store.getUsableSpace();
      String said = what + " in " + folder + ": " + free / GIB + " GiB free";
      if (free < GIB) {
        findings.accept(
            Finding.problem(about, said, "make room: nix-collect-garbage, spindrift gc"));
      } else if (free < store.getTotalSpace() / 20) {
        findings.accept(
            Finding.warning(
                about, said + ", less than a twentieth", "nix-collect-garbage, spindrift gc"));
      } else {
        findings.accept(Finding.ok(about, said));
      }
    } catch (IOException e) {
      findings.accept(
          Finding.warning(about, folder + " cannot be looked at", "run as the node's user"));
    }
  }

  private static void quota(JsonObject status, Consumer<Finding> findings) {
    long quota = Doctor.whole(status, "quota");
    long used = Doctor.whole(status, "packBytes");
    if (quota > 0 && used > quota) {
      findings.accept(
          Finding.warning(
              "quota",
              "blocks take " + used + " bytes of " + quota,
              "pins take more than the quota; 'spindrift unpin' lets some go"));
    }
  }

  private static void files(long pid, Consumer<Finding> findings) {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/limits"))) {
        if (line.startsWith("Max open files")) {
          String soft = line.substring("Max open files".length()).strip().split("\\s+", 2)[0];
          findings.accept(openFiles(soft));
        }
      }
    } catch (IOException e) {
      // Not Linux.
    }
  }

  private static Finding openFiles(String limit) {
    boolean enough = limit.equals("unlimited") || Long.parseLong(limit) >= MIN_FILES;
    return enough
        ? Finding.ok("open files", "the node may have " + limit)
        : Finding.warning(
            "open files",
            "the node may have only " + limit,
            "ulimit -n " + 16 * MIN_FILES + ", or LimitNOFILE= in its service");
  }
}
