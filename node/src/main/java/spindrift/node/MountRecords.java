package spindrift.node;

import java.io.IOException;
import java.util.Optional;
import spindrift.base.AbsentException;
import spindrift.base.ByteSource;
import spindrift.base.FaultException;
import spindrift.base.IntegrityException;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;
import spindrift.base.RefusedException;
import spindrift.catalog.BinaryCache;
import spindrift.catalog.CatalogRecord;
import spindrift.catalog.Indexer;
import spindrift.catalog.Pace;
import spindrift.dag.DagFile;
import spindrift.ipld.Cid;
import spindrift.mount.Depot;
import spindrift.mount.PathRecord;
import spindrift.mount.PathRecord.Proof;
import spindrift.nix.NarInfo;
import spindrift.nix.StorePath;
import spindrift.store.LocalStore;
import spindrift.substitute.PathSources;

/** Which views the paths have that are mounted. Safe for use by several threads. */
final class MountRecords {
  private final DataDirectory data;
  private final PathSources sources;
  private final MountNars nars;
  private final MountBlocks blocks;

  MountRecords(DataDirectory data, PathSources sources, MountNars nars, MountBlocks blocks) {
    this.data = data;
    this.sources = sources;
    this.nars = nars;
    this.blocks = blocks;
  }

  /** As {@link Depot#resolve}. */
  Optional<PathRecord> resolve(StorePath path) throws IOException, FaultException {
    Optional<BinaryCache.Held> held = data.cache().held(path);
    if (held.isPresent() && held.get().record().isPresent()) {
      return here(path);
    }
    return nars.turns().oneAtATime(path, () -> resolveSlowly(path));
  }

  private Optional<PathRecord> resolveSlowly(StorePath path) throws IOException, FaultException {
    Optional<PathRecord> here = here(path);
    if (here.isPresent()) {
      return here;
    }
    Optional<NarInfo> info = nars.info(path);
    if (info.isEmpty()) {
      return Optional.empty();
    }
    Optional<PathSources.Offered> offered = sources.view(info.get());
    if (offered.isPresent()) {
      PathSources.Offered view = offered.get();
      return Optional.of(
          new PathRecord(
              path,
              info.get().narHash(),
              info.get().narSize(),
              view.nar(),
              view.tree(),
              view.isProved() ? Proof.PROVED : Proof.CLAIMED,
              view.offeredBy()));
    }
    try {
      nars.keep(info.get());
      return Optional.of(record(path, data.catalog().find(path), "upstream"));
    } finally {
      nars.used();
    }
  }

  /**
   * A path that others have.
   *
   * @param view that peers have offered; empty where its whole NAR has to come first
   */
  record Elsewhere(NarInfo info, Optional<PathSources.Offered> view) {}

  /** The path with this hash part as others have it; nothing of it is fetched. */
  Optional<Elsewhere> elsewhere(String hashPart) throws IOException {
    Optional<NarInfo> info = sources.find(hashPart);
    return info.isEmpty()
        ? Optional.empty()
        : Optional.of(new Elsewhere(info.get(), sources.knownView(info.get())));
  }

  private Optional<PathRecord> here(StorePath path) throws IOException, FaultException {
    Optional<BinaryCache.Held> held = data.cache().held(path);
    if (held.isEmpty()) {
      return Optional.empty();
    }
    Optional<CatalogRecord> record = held.get().record();
    if (record.isPresent()) {
      return Optional.of(
          record(
              path,
              record,
              switch (record.get().origin()) {
                case STORE -> PathRecord.LOCAL_STORE;
                case UPLOAD -> "blocks";
              }));
    }
    LocalStore store = data.store().orElseThrow();
    Indexer.Outcome outcome =
        new Indexer(data.catalog(), data.blocks(), store).addUnpinned(path, Pace.FULL);
    if (!outcome.failed().isEmpty()) {
      throw new IOException(
          "cannot index " + path + ": " + outcome.failed().getFirst().cause().getMessage());
    }
    return Optional.of(record(path, data.catalog().find(path), PathRecord.LOCAL_STORE));
  }

  private static PathRecord record(StorePath path, Optional<CatalogRecord> found, String source)
      throws AbsentException {
    CatalogRecord record =
        found.orElseThrow(() -> new AbsentException(path + " has left this node meanwhile"));
    return new PathRecord(
        path,
        record.narInfo().narHash(),
        record.narInfo().narSize(),
        record.narView(),
        Optional.of(record.treeView()),
        Proof.PROVED,
        source);
  }

  /** As {@link Depot#prove}. */
  PathRecord prove(PathRecord claimed) throws IOException, FaultException {
    StorePath path = claimed.path();
    Optional<PathRecord> here = here(path);
    if (here.isEmpty()) {
      NarInfo info = nars.info(path).orElseThrow(() -> new AbsentException("nobody has " + path));
      try {
        proveView(info, claimed.narView());
        here = here(path);
      } finally {
        nars.used();
      }
    }
    PathRecord proved =
        here.orElseThrow(() -> new AbsentException(path + " has left this node meanwhile"));
    if (!proved.narHash().equals(claimed.narHash())) {
      throw new IntegrityException(
          claimed.narHash().toString(), proved.narHash().toString(), path.toString());
    }
    return proved;
  }

  /** Has the NAR rendered from just this view, so that it is known who lied if it is wrong. */
  private void proveView(NarInfo info, Cid view) throws IOException, FaultException {
    try {
      ByteSource nar = DagFile.open(view, cid -> blocks.load(info, cid));
      if (nar.size() != info.narSize()) {
        refuted(info, view, nar.size() + " bytes");
      }
      nars.keep(info, nar);
    } catch (IOException | FaultException e) {
      if (isOfTheView(e)) {
        refuted(info, view, String.valueOf(e.getMessage()));
      }
      throw e;
    }
  }

  /** Blocks that are not to be had say nothing of it; all else that is wrong is its own form. */
  private static boolean isOfTheView(Throwable failure) {
    return switch (failure) {
      case RefusedException _, MalformedDataException _, LimitExceededException _ -> true;
      case IOException e when e.getCause() != null -> isOfTheView(e.getCause());
      default -> false;
    };
  }

  private void refuted(NarInfo info, Cid view, String actual) throws IntegrityException {
    sources.refute(info, view);
    throw new IntegrityException(info.narHash().toString(), actual, "view " + view);
  }
}
