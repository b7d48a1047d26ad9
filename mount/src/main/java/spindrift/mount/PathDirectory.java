package spindrift.mount;

import spindrift.fuse.Directory;
import spindrift.fuse.FileTree;
import spindrift.fuse.Lookup;

/** A directory in a path; it never changes. */
record PathDirectory(Attached path, int row) implements Directory {
  @Override
  public long parent() {
    return row == PathTree.ROOT ? FileTree.ROOT : path.node(path.tree().parent(row));
  }

  @Override
  public void list(long after, Sink sink) {
    PathTree tree = path.tree();
    for (int i = (int) Math.min(after, tree.size(row)); i < tree.size(row); i++) {
      int child = tree.child(row, i);
      Lookup.Entry entry = new Lookup.Entry(path.node(child), path.attributes(child));
      if (!sink.add(tree.name(child), i + 1, entry)) {
        return;
      }
    }
  }
}
