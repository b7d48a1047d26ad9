package spindrift.node;

import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Files;
import java.nio.file.Path;
import spindrift.testkit.NixClient;
import spindrift.testkit.RealNix;

/** A sandbox for builds in a chroot store, which Nix wants there: nothing but a shell. */
final class Sandbox {
  private Sandbox() {}

  /** Has a client build in one; skips the test where there is no shell that needs nothing. */
  static NixClient of(NixClient client) {
    Path shell =
        RealNix.all().stream()
            .map(any -> any.program("bash-static"))
            .filter(Files::isExecutable)
            .findFirst()
            .orElse(Path.of("/bin/bash-static"));
    assumeThat(shell).as("a static shell, as tools/real-nix.sh installs it").isExecutable();
    return client
        .with("sandbox", "true")
        .with("sandbox-fallback", "false")
        .with("sandbox-paths", "/bin/sh=" + shell);
  }
}
