package spindrift.node;

import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger.Level;
import java.util.Optional;
import spindrift.base.AbsentException;
import spindrift.base.ByteSource;
import spindrift.base.FaultException;
import spindrift.nix.NarInfo;
import spindrift.nix.StorePath;
import spindrift.substitute.PathSources;

/** Whole NARs that are got for a mount, and kept. Safe for use by several threads. */
final class MountNars {
  private static final System.Logger LOG = System.getLogger(MountNars.class.getName());

  private final DataDirectory data;
  private final PathSources sources;
  private final Runnable grown;
  private final PathTurns turns = new PathTurns();

  MountNars(DataDirectory data, PathSources sources, Runnable grown) {
    this.data = data;
    this.sources = sources;
    this.grown = grown;
  }

  /** Those who get NARs of one path take turns. */
  PathTurns turns() {
    return turns;
  }

  /** What is known of a path, by anybody. */
  Optional<NarInfo> info(StorePath path) throws IOException {
    return sources.find(path.hashPart()).filter(found -> found.path().equals(path));
  }

  /** What was kept has been used: from now on it counts as all else that is kept. */
  void used() {
    grown.run();
  }

  /**
   * Gets a whole NAR and keeps its blocks, which makes its views. The caller says when they were
   * {@link #used}: a quota may let go of them at once.
   */
  void keep(NarInfo info) throws IOException, FaultException {
    ByteSource nar =
        sources
            .nar(info)
            .orElseThrow(() -> new AbsentException("nobody gives the NAR of " + info.path()));
    keep(info, nar);
    LOG.log(Level.INFO, "kept path={0} for=mount", info.path());
  }

  /** As {@link #keep(NarInfo)}, of a NAR that is at hand, once it is the one of its narinfo. */
  void keep(NarInfo info, ByteSource nar) throws IOException, FaultException {
    try (InputStream in = SourcePipe.open(nar)) {
      data.uploads().keep(info, in);
    }
    data.cache().forget(info.path().hashPart());
  }
}
