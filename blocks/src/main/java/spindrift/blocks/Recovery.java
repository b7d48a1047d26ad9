package spindrift.blocks;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import spindrift.blocks.PackIndex.Entry;
import spindrift.blocks.PackIndex.PackRow;
import spindrift.blocks.PackIndex.State;

/**
 * Brings index and packs together when a store is opened: what a crash left behind the indexed part
 * of the open pack is checked and indexed, half a section at the end is cut off, packs that the
 * index does not know are read whole, and those that it knows as not needed are deleted.
 *
 * <p>A pack is cut only behind what a sound index covers. When the index had to be made anew
 * nothing says where the acknowledged part ends, so a pack that cannot be read to its end is left
 * as it is and closed.
 */
final class Recovery {
  private static final System.Logger LOG = System.getLogger(Recovery.class.getName());

  /** Entries to a transaction; keeps a rebuild in a few megabytes. */
  private static final int BATCH = 4096;

  private final PackDirectory packs;
  private final PackIndex index;
  private final PackWriter writer;

  Recovery(PackDirectory packs, PackIndex index, PackWriter writer) {
    this.packs = packs;
    this.index = index;
    this.writer = writer;
  }

  void run() throws IOException {
    Map<Integer, PackRow> known = new HashMap<>();
    for (PackRow row : index.packs()) {
      packs.reserve(row.id());
      if (row.state() == State.CONDEMNED) {
        packs.delete(row.id());
        index.forget(row.id());
      } else if (!packs.contains(row.id())) {
        LOG.log(Level.WARNING, "drop pack={0} reason=missing", PackFormat.name(row.id()));
        index.drop(row.id());
      } else {
        known.put(row.id(), row);
      }
    }
    boolean rebuilding = known.isEmpty();
    List<Pack> all = packs.all();
    for (Pack pack : all) {
      boolean last = pack.equals(all.getLast());
      recover(pack, known.get(pack.id()), rebuilding, last);
    }
  }

  private void recover(Pack pack, @Nullable PackRow row, boolean rebuilding, boolean last)
      throws IOException {
    SteadyFile file = pack.file();
    long size = file.size();
    long from = row == null ? PackFormat.HEADER.size() : row.length();
    if (row != null && size < row.length()) {
      LOG.log(Level.WARNING, "read again pack={0} reason=\"shorter than indexed\"", pack.path());
      index.drop(pack.id());
      from = PackFormat.HEADER.size();
    } else if (row != null && row.state() == State.SEALED) {
      return;
    }
    if (size < PackFormat.HEADER.size()) {
      // The file was made, and nothing written to it was ever acknowledged.
      packs.delete(pack.id());
      return;
    }
    Scan scan = scan(pack, from, size);
    boolean whole = scan.end() == size;
    if (!whole && !rebuilding) {
      LOG.log(
          Level.WARNING,
          "cut pack={0} bytes={1} kept={2}",
          pack.path(),
          Long.toString(size - scan.end()),
          Long.toString(scan.end()));
      file.truncate(scan.end());
      file.force();
    } else if (!whole) {
      LOG.log(
          Level.WARNING,
          "close pack={0} reason=\"unreadable\" offset={1}",
          pack.path(),
          Long.toString(scan.end()));
    }
    boolean open = last && (whole || !rebuilding);
    State state = open ? State.OPEN : State.SEALED;
    if (scan.blocks() > 0 || row == null || row.state() != state) {
      LOG.log(Level.INFO, "index pack={0} blocks={1}", pack.path(), Long.toString(scan.blocks()));
    }
    index.commit(scan.rest(), List.of(), List.of(new PackRow(pack.id(), scan.end(), state, 0, 0)));
    if (open) {
      writer.resume(pack, scan.end());
    }
  }

  /**
   * @param end of the last section that is good
   * @param rest entries that are not in the index yet
   */
  private record Scan(long end, long blocks, List<Entry> rest) {}

  private Scan scan(Pack pack, long from, long size) throws IOException {
    PackScanner scanner = new PackScanner(pack.file(), from, size);
    List<Entry> entries = new ArrayList<>();
    long end = from;
    long blocks = 0;
    for (PackScanner.Section section = scanner.next(); section != null; section = scanner.next()) {
      if (!section.intact()) {
        LOG.log(
            Level.WARNING,
            "skip damaged block pack={0} offset={1} cid={2}",
            pack.path(),
            Long.toString(section.offset()),
            section.cid());
        continue;
      }
      end = scanner.position();
      blocks++;
      entries.add(
          new Entry(
              Key.of(section.cid()),
              new Location(pack.id(), section.offset(), section.content().size())));
      if (entries.size() == BATCH) {
        index.commit(entries, List.of(), List.of(new PackRow(pack.id(), end, State.OPEN, 0, 0)));
        entries = new ArrayList<>();
      }
    }
    return new Scan(end, blocks, entries);
  }
}
