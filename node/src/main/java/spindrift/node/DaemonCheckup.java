package spindrift.node;

import java.io.IOException;
import java.util.Optional;
import java.util.function.Consumer;
import spindrift.base.FaultException;
import spindrift.store.DaemonInfo;
import spindrift.store.DaemonStore;
import spindrift.store.LocalStore;
import spindrift.store.LocalStores;

/**
 * Whether the Nix store can be asked, and how far its daemon trusts us.
 *
 * @param setting of the node
 */
record DaemonCheckup(String setting) implements Checkup {
  private static final String ABOUT = "store";

  @Override
  public void run(Consumer<Finding> findings) {
    findings.accept(find());
  }

  private Finding find() {
    try {
      Optional<LocalStore> store = LocalStores.open(setting);
      if (store.isEmpty()) {
        return Finding.warning(
            ABOUT,
            "there is no Nix store; the node keeps what is pushed to it",
            "name one with --store where there is one");
      }
      try (LocalStore open = store.get()) {
        return open instanceof DaemonStore daemon ? daemon(daemon) : files(open);
      }
    } catch (IOException | FaultException e) {
      return Finding.problem(
          ABOUT,
          String.valueOf(e.getMessage()),
          "is nix-daemon running? systemctl status nix-daemon.socket");
    }
  }

  private static Finding daemon(DaemonStore daemon) throws IOException, FaultException {
    DaemonInfo info = daemon.about();
    String version = info.nixVersion().isBlank() ? "an old Nix" : "Nix " + info.nixVersion();
    String said = version + " answers for " + daemon.layout().realStoreDir();
    return switch (info.trust()) {
      case TRUSTED, UNKNOWN -> Finding.ok(ABOUT, said);
      case NOT_TRUSTED ->
          Finding.ok(ABOUT, said + "; this user is not trusted, which a node need not be");
    };
  }

  private static Finding files(LocalStore store) {
    return Finding.ok(ABOUT, "the database of " + store.layout().realStoreDir() + " can be read");
  }
}
