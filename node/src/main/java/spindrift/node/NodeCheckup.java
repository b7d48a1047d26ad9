package spindrift.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import spindrift.base.JsonObject;

/** Whether the node runs, can be reached, and keeps its secrets to itself. */
record NodeCheckup(NodeConfig config, Optional<JsonObject> node, String url, WebProbe web)
    implements Checkup {
  private static final Set<PosixFilePermission> OTHERS =
      Set.of(
          PosixFilePermission.GROUP_READ,
          PosixFilePermission.GROUP_WRITE,
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE);

  @Override
  public void run(Consumer<Finding> findings) {
    findings.accept(running());
    if (node.isPresent()) {
      findings.accept(answering());
      if (Doctor.text(node.get(), "uploads").equals(Optional.of("anybody"))) {
        findings.accept(
            Finding.warning(
                "uploads",
                "whoever reaches the port may push",
                "leave out --writable, and push with the token"));
      }
    }
    for (String secret : new String[] {"token", "identity"}) {
      secret(config.data().resolve(secret)).ifPresent(findings);
    }
  }

  private Finding running() {
    if (node.isPresent()) {
      return Finding.ok("node", "runs, process " + Doctor.whole(node.get(), "pid"));
    }
    if (!Files.isDirectory(config.data())) {
      return Finding.problem(
          "node",
          "there is no data directory " + config.data(),
          "start one with 'spindrift up', or name its directory with --data");
    }
    return Finding.problem("node", "none runs on " + config.data(), "start it with 'spindrift up'");
  }

  private Finding answering() {
    try {
      WebProbe.Answer answer = web.get(url + "/nix-cache-info");
      if (answer.status() == 200) {
        long millis = answer.took().toMillis();
        return Finding.ok("cache", url + " answers in " + millis + " ms");
      }
      return Finding.problem(
          "cache",
          url + " answers with status " + answer.status(),
          "see the node's log; another program may stand before it");
    } catch (IOException e) {
      return Finding.problem(
          "cache",
          url + " cannot be reached: " + WebProbe.why(e),
          "see the node's log; is it bound to another address (--listen)?");
    }
  }

  private static Optional<Finding> secret(Path file) {
    try {
      if (!Files.exists(file)) {
        return Optional.empty();
      }
      Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
      if (permissions.stream().anyMatch(OTHERS::contains)) {
        return Optional.of(
            Finding.problem("secrets", "others may read or write " + file, "chmod 600 " + file));
      }
      return Optional.of(Finding.ok("secrets", file + " is its owner's alone"));
    } catch (IOException e) {
      return Optional.of(
          Finding.warning("secrets", "cannot look at " + file, "run as the node's user"));
    }
  }
}
