package spindrift.mount;

import java.util.Optional;
import spindrift.base.Bytes;
import spindrift.fuse.Directory;
import spindrift.fuse.FileTree;
import spindrift.fuse.Lookup;
import spindrift.nix.StorePath;

/** The top directory: of paths that nobody looked at yet no more than names are shown. */
record TopDirectory(TopLevel names, Paths paths) implements Directory {
  @Override
  public long parent() {
    return FileTree.ROOT;
  }

  @Override
  public void list(long after, Sink sink) {
    long cursor = after;
    for (StorePath path : names.from((int) Math.min(after, Integer.MAX_VALUE))) {
      cursor++;
      Bytes name = Bytes.utf8(path.baseName());
      Optional<Attached> known = paths.find(path);
      boolean taken =
          known.isPresent()
              ? sink.add(
                  name,
                  cursor,
                  new Lookup.Entry(
                      known.get().node(PathTree.ROOT), known.get().attributes(PathTree.ROOT)))
              : sink.addName(name, cursor, Attached.inodeOf(path));
      if (!taken) {
        return;
      }
    }
  }
}
