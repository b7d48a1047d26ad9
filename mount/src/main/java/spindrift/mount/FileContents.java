package spindrift.mount;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import spindrift.base.FaultException;
import spindrift.fuse.Content;
import spindrift.ipld.Cid;

/** Reads ranges of files, and has come what will be read next. Safe for use by several threads. */
final class FileContents {
  /** Ours: some hundred large files, or a few of many GB. */
  private static final long MAX_MAP_BYTES = 32L << 20;

  private final Blocks blocks;
  private final OpenFiles files;
  private final ReadAhead ahead;
  private final Neighbours neighbours;
  private final Lru<Long, FileMap> maps = new Lru<>(MAX_MAP_BYTES, FileMap::memory);

  FileContents(Blocks blocks, OpenFiles files) {
    this.blocks = blocks;
    this.files = files;
    this.ahead = new ReadAhead();
    this.neighbours = new Neighbours(blocks);
  }

  /** What is to be read: {@code size} bytes from an offset on, all within the file. */
  record Range(Attached path, int row, long offset, int size) {
    long end() {
      return offset + size;
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
    LeafReader reader = new LeafReader(range.path().path(), blocks, files);
    Optional<Content> content =
        assemble(range, map.get(), (cid, size, from, to) -> reader.pieceHere(cid, size, from, to));
    if (content.isPresent()) {
      expectMore(range, map.get());
    }
    return content;
  }

  /** The bytes, waited for. */
  Content read(Range range) throws IOException, FaultException {
    FileMap map = map(range);
    LeafReader reader = new LeafReader(range.path().path(), blocks, files);
    int first = map.leafAt(range.offset());
    List<Cid> needed = map.leavesFrom(first, range.end() - map.start(first));
    if (map.leaves() == 1) {
      neighbours.want(range.path(), range.row());
    } else {
      blocks.want(range.path().path(), needed);
    }
    expectMore(range, map);
    return assemble(
            range, map, (cid, size, from, to) -> Optional.of(reader.piece(cid, size, from, to)))
        .orElseThrow();
  }

  private void expectMore(Range range, FileMap map) {
    long window = ahead.window(range.node(), range.offset(), range.end());
    if (window > 0 && range.end() < map.end(map.leaves() - 1)) {
      blocks.want(range.path().path(), map.leavesFrom(map.leafAt(range.end()), window));
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

  /** Finds a range of a leaf; empty when it is not here. */
  @FunctionalInterface
  private interface Leaves {
    Optional<LeafReader.Piece> piece(Cid cid, long size, int from, int to)
        throws IOException, FaultException;
  }

  private static Optional<Content> assemble(Range range, FileMap map, Leaves leaves)
      throws IOException, FaultException {
    List<Content.Slice> slices = new ArrayList<>();
    List<Runnable> releases = new ArrayList<>();
    Runnable release = () -> releases.forEach(Runnable::run);
    boolean whole = false;
    try {
      for (int i = map.leafAt(range.offset());
          i < map.leaves() && map.start(i) < range.end();
          i++) {
        long start = map.start(i);
        int from = (int) Math.max(0, range.offset() - start);
        int to = (int) (Math.min(range.end(), map.end(i)) - start);
        Optional<LeafReader.Piece> piece = leaves.piece(map.leaf(i), map.end(i) - start, from, to);
        if (piece.isEmpty()) {
          return Optional.empty();
        }
        slices.add(piece.get().slice());
        releases.add(piece.get().release());
      }
      whole = true;
      return Optional.of(new Content(slices, release));
    } finally {
      if (!whole) {
        release.run();
      }
    }
  }
}
