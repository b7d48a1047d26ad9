package spindrift.node;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import spindrift.base.ConfigException;
import spindrift.base.FaultException;
import spindrift.nix.NarInfo;
import spindrift.nix.NixHash;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;

/** Gets a small path of the local store through the node, as Nix would, and compares its hash. */
record RoundTripCheckup(NodeConfig config, String url, boolean runs, WebProbe web)
    implements Checkup {
  private static final String ABOUT = "round trip";
  private static final long MAX_NAR = 1 << 20;
  private static final int MAX_TRIED = 32;

  @Override
  public void run(Consumer<Finding> findings) {
    if (runs) {
      find().ifPresent(findings);
    }
  }

  private Optional<Finding> find() {
    try {
      Optional<Path> store = DataDirectory.storeFiles(config);
      return store.isEmpty() ? Optional.empty() : Optional.of(tryPaths(store.get()));
    } catch (ConfigException e) {
      return Optional.empty(); // the check of the store says so
    } catch (IOException | FaultException e) {
      return Optional.of(
          Finding.problem(
              ABOUT, "failed: " + e.getMessage(), "see the node's log for what went wrong"));
    }
  }

  private Finding tryPaths(Path store) throws IOException, FaultException {
    int tried = 0;
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(store)) {
      for (Path entry : entries) {
        Optional<StorePath> path = storePath(entry);
        if (path.isPresent() && tried++ < MAX_TRIED) {
          Optional<Finding> finding = tryPath(path.get());
          if (finding.isPresent()) {
            return finding.get();
          }
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return tried == 0
        ? Finding.ok(ABOUT, "the store is empty, so nothing was tried")
        : Finding.warning(
            ABOUT,
            "the node has none of " + Math.min(tried, MAX_TRIED) + " paths of " + store,
            "does it run with this store? 'spindrift status' says");
  }

  private static Optional<StorePath> storePath(Path entry) {
    try {
      return Optional.of(StorePath.ofBaseName(entry.getFileName().toString()));
    } catch (FaultException e) {
      return Optional.empty();
    }
  }

  /** Empty where the path is not registered, or large. */
  private Optional<Finding> tryPath(StorePath path) throws IOException, FaultException {
    WebProbe.Answer narInfo = web.get(url + "/" + path.hashPart() + ".narinfo");
    if (narInfo.status() != 200) {
      return Optional.empty();
    }
    NarInfo info = NarInfo.parse(StoreDir.DEFAULT, narInfo.body());
    if (info.narSize() > MAX_NAR) {
      return Optional.empty();
    }
    WebProbe.Answer nar = web.get(url + "/" + info.url());
    NixHash hash = NixHash.sha256Of(nar.body());
    if (nar.status() == 200 && hash.equals(info.narHash())) {
      long millis = narInfo.took().plus(nar.took()).toMillis();
      return Optional.of(Finding.ok(ABOUT, path + " came right in " + millis + " ms"));
    }
    return Optional.of(
        Finding.problem(
            ABOUT,
            path + " came wrong, with status " + nar.status(),
            "nix-store --verify --check-contents; see the node's log"));
  }
}
