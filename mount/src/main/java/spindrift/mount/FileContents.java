package spindrift.mount;

import java.io.IOException;
import java.util.Optional;
import spindrift.base.FaultException;
import spindrift.base.IntegrityException;
import spindrift.fuse.Content;
import spindrift.ipld.Cid;

/** Reads ranges of files, and has come what will be read next. Safe for use by several threads. */
final class FileContents {
  /** Ours: some hundred large files, or a few of many GB. */
  private static final long MAX_MAP_BYTES =
      Math.min(32L << 20, Runtime.getRuntime().maxMemory() / 16);

  /** Ours: a file that changes that often is not one of a store. */
  private static final int MAX_TRIES = 3;

  private final Blocks blocks;
  private final OpenFiles files;
  private final ReadAhead ahead;
  private final Neighbours neighbours;
  private final PlacesAhead places;
  private final Lru<Long, FileMap> maps = new Lru<>(MAX_MAP_BYTES, FileMap::memory);

  FileContents(Blocks blocks, OpenFiles files) {
    this.blocks = blocks;
    this.files = files;
    this.ahead = new ReadAhead();
    this.neighbours = new Neighbours(blocks);
    this.places = new PlacesAhead(blocks);
  }

  /** What is to be read: {@code size} bytes from an offset on, all within the file. */
  record Range(Attached path, int row, long offset, int size) {
    long end() {
      return offset + size;
    }

    boolean isInLocalStore() {
      return path.record().isInLocalStore();
    }

    long node() {
      return path.node(row);
    }
  }

  /** The bytes where they need no waiting for. */
  Optional<Content> readHere(Range range) throws IOException, FaultException {
    Optional<FileMap> map = mapHere(range);
    if (map.isEmpty()) {
      return Optional.empty();
    }
    Optional<Content> content =
        assemble(range, map.get(), cid -> blocks.here(range.path().path(), cid));
    if (content.isPresent()) {
      expectMore(range, map.get());
    }
    return content;
  }

  /** The bytes, waited for. */
  Content read(Range range) throws IOException, FaultException {
    FileMap map = map(range);
    int first = map.leafAt(range.offset());
    fetch(range, map, first);
    expectMore(range, map);
    for (int attempt = 0; attempt < MAX_TRIES; attempt++) {
      Optional<Content> content =
          assemble(range, map, cid -> Optional.of(blocks.load(range.path().path(), cid)));
      if (content.isPresent()) {
        return content.get();
      }
    }
    throw new IOException("a file that it lies in changes again and again");
  }

  private void fetch(Range range, FileMap map, int first) {
    if (range.isInLocalStore()) {
      places.want(range.path(), range.row(), map, first);
    }
    if (map.leaves() == 1 && !range.isInLocalStore()) {
      neighbours.want(range.path(), range.row());
    } else {
      blocks.want(range.path().path(), map.leavesFrom(first, range.end() - map.start(first)));
    }
  }

  /** Who reads what is here anyway need not be read ahead of. */
  private void expectMore(Range range, FileMap map) {
    if (range.isInLocalStore()) {
      return;
    }
    long window = ahead.window(range.node(), range.offset(), range.end());
    if (window > 0 && range.end() < map.end(map.leaves() - 1)) {
      blocks.wantAhead(range.path().path(), map.leavesFrom(map.leafAt(range.end()), window));
    }
  }

  private Optional<FileMap> mapHere(Range range) throws IOException, FaultException {
    Optional<FileMap> known = maps.find(range.node());
    return known.isPresent() || !isLeaf(range) ? known : Optional.of(map(range));
  }

  private static boolean isLeaf(Range range) {
    return range.path().tree().contents(range.row()).codec() == Cid.RAW;
  }

  private FileMap map(Range range) throws IOException, FaultException {
    Optional<FileMap> known = maps.find(range.node());
    if (known.isPresent()) {
      return known.get();
    }
    PathTree tree = range.path().tree();
    FileMap read =
        FileMap.read(
            tree.contents(range.row()),
            tree.size(range.row()),
            new ViewLoader(range.path().path(), blocks, files));
    if (!isLeaf(range)) {
      maps.put(range.node(), read);
    }
    return read;
  }

  /** Finds a leaf; empty when it is not here. */
  @FunctionalInterface
  private interface Leaves {
    Optional<Held> find(Cid cid) throws IOException, FaultException;
  }

  /** The bytes of a range; empty when a leaf is not here, or not any more. */
  private Optional<Content> assemble(Range range, FileMap map, Leaves leaves)
      throws IOException, FaultException {
    ContentAssembly content = new ContentAssembly(files, blocks);
    for (int i = map.leafAt(range.offset()); i < map.leaves() && map.start(i) < range.end(); i++) {
      long start = map.start(i);
      Cid cid = map.leaf(i);
      Optional<Held> leaf = leaves.find(cid);
      if (leaf.isEmpty()) {
        return Optional.empty();
      }
      if (leaf.get().size() != map.end(i) - start) {
        throw new IntegrityException(
            (map.end(i) - start) + " bytes of " + cid, leaf.get().size() + " bytes", "its view");
      }
      int from = (int) Math.max(0, range.offset() - start);
      int to = (int) (Math.min(range.end(), map.end(i)) - start);
      content.add(cid, leaf.get(), from, to);
    }
    return content.finish();
  }
}
