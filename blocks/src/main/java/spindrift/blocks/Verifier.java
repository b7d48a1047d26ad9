package spindrift.blocks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import spindrift.base.Bytes;
import spindrift.base.Digests;
import spindrift.blocks.PackIndex.Entry;
import spindrift.blocks.PackIndex.PackRow;
import spindrift.ipld.Cid;

/** Reads every pack from front to back and checks every block. For one thread, once. */
final class Verifier {
  private static final int PAGE = 1024;

  private final PackStore packs;
  private final Verification.Progress progress;
  private final List<DamagedBlock> damaged = new ArrayList<>();
  private long blocks;
  private long bytes;
  private long missing;

  Verifier(PackStore packs, Verification.Progress progress) {
    this.packs = packs;
    this.progress = progress;
  }

  Verification run() throws IOException {
    packs.writer().sync();
    List<PackRow> rows = packs.index().packs();
    long inAll = rows.stream().mapToLong(PackRow::length).sum();
    long done = 0;
    for (PackRow row : rows) {
      progress.at(done, inAll);
      verify(row);
      done += row.length();
    }
    progress.at(inAll, inAll);
    return new Verification(blocks, bytes, damaged, missing);
  }

  private void verify(PackRow row) throws IOException {
    Pack pack = packs.directory().acquire(row.id());
    if (pack == null) {
      verifyBehind(row, Optional.empty(), 0);
      return;
    }
    try {
      PackScanner scanner = new PackScanner(pack.file(), PackFormat.HEADER.size(), row.length());
      for (PackScanner.Section section = scanner.next();
          section != null;
          section = scanner.next()) {
        blocks++;
        bytes += section.content().size();
        if (!section.intact()) {
          Location at = new Location(row.id(), section.offset(), section.content().size());
          report(section.cid(), Key.of(section.cid()), at);
        }
      }
      if (scanner.position() < row.length()) {
        verifyBehind(row, Optional.of(pack), scanner.position());
      }
    } finally {
      pack.release();
    }
  }

  /** Goes by the index where the pack's own structure is damaged. */
  private void verifyBehind(PackRow row, Optional<Pack> pack, long from) throws IOException {
    List<Entry> page = packs.index().page(Optional.empty(), PAGE);
    while (!page.isEmpty()) {
      for (Entry entry : page) {
        Location at = entry.location();
        if (at.pack() == row.id() && at.offset() >= from) {
          verifyAlone(pack, entry);
        }
      }
      page = packs.index().page(Optional.of(page.getLast().key()), PAGE);
    }
  }

  private void verifyAlone(Optional<Pack> pack, Entry entry) throws IOException {
    Location at = entry.location();
    if (pack.isEmpty() || pack.get().file().size() < at.offset() + at.length()) {
      missing++;
      return;
    }
    byte[] content = new byte[at.length()];
    pack.get().file().read(content, 0, content.length, at.offset());
    blocks++;
    bytes += content.length;
    if (!Key.of(Digests.sha256(Bytes.owning(content)).toArray()).equals(entry.key())) {
      report(Cid.raw(Bytes.owning(entry.key().toArray())), entry.key(), at);
    }
  }

  private void report(Cid cid, Key key, Location at) throws IOException {
    // What is damaged and not in use will go away by itself.
    if (packs.index().find(key).equals(Optional.of(at))) {
      damaged.add(new DamagedBlock(cid, PackFormat.name(at.pack()), at.offset()));
    }
  }
}
