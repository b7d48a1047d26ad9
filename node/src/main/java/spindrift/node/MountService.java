package spindrift.node;

import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import spindrift.base.FaultException;
import spindrift.catalog.CatalogRecord;
import spindrift.mount.Depot;
import spindrift.nix.StorePath;
import spindrift.substitute.PathSources;

/** What the node answers those who mount the store. Safe for use by several threads. */
final class MountService {
  private final DataDirectory data;
  private final PathSources sources;
  private final MountBlocks blocks;
  private final MountRecords records;

  /**
   * @param grown is called when blocks were added
   */
  MountService(DataDirectory data, PathSources sources, Runnable grown) {
    this.data = data;
    this.sources = sources;
    MountNars nars = new MountNars(data, sources, grown);
    this.blocks = new MountBlocks(data, sources, nars);
    this.records = new MountRecords(data, sources, nars, blocks);
  }

  MountBlocks blocks() {
    return blocks;
  }

  MountRecords records() {
    return records;
  }

  /** As {@link Depot#closure}. */
  List<StorePath> closure(List<StorePath> roots) throws IOException, FaultException {
    return new MountClosure(data, sources).of(roots);
  }

  /** As {@link Depot#known}. */
  List<StorePath> known() throws IOException, FaultException {
    Set<StorePath> all = new LinkedHashSet<>();
    if (data.store().isPresent()) {
      all.addAll(data.store().get().allPaths());
    }
    for (CatalogRecord record : data.housekeeping().allRecords()) {
      if (record.origin() == CatalogRecord.Origin.UPLOAD) {
        all.add(record.path());
      }
    }
    return List.copyOf(all);
  }
}
