package spindrift.blocks;

import java.io.EOFException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import spindrift.base.Bytes;
import spindrift.base.IntegrityException;
import spindrift.base.Multihash;
import spindrift.blocks.PackIndex.Entry;
import spindrift.ipld.Cid;

/**
 * Packs, their index and the one who writes them, as one. Safe for use by several threads; no lock
 * is held while a pack is read.
 */
final class PackStore implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(PackStore.class.getName());
  private static final String DIRECTORY = "packs";

  /** Of the pack that is written to; what is in it is hashed at each read. */
  private static final int NO_GENERATION = -1;

  private final PackDirectory directory;
  private final PackIndex index;
  private final PackWriter writer;
  private final ProvenBlocks proven = new ProvenBlocks();

  private PackStore(PackDirectory directory, PackIndex index, PackWriter writer) {
    this.directory = directory;
    this.index = index;
    this.writer = writer;
  }

  static PackStore open(Path root, long maxPackBytes) throws IOException {
    PackDirectory directory = PackDirectory.open(root.resolve(DIRECTORY));
    PackIndex index = PackIndex.open(root);
    PackStore store =
        new PackStore(directory, index, new PackWriter(directory, index, maxPackBytes));
    try {
      new Recovery(directory, index, store.writer).run();
    } catch (IOException e) {
      try {
        store.close();
      } catch (IOException again) {
        e.addSuppressed(again);
      }
      throw e;
    }
    return store;
  }

  PackDirectory directory() {
    return directory;
  }

  PackIndex index() {
    return index;
  }

  PackWriter writer() {
    return writer;
  }

  Optional<Location> find(Key key) throws IOException {
    return writer.find(key);
  }

  /**
   * A block, checked against its name.
   *
   * @throws IntegrityException when it is damaged; it is forgotten then
   */
  Optional<Bytes> read(Cid cid, Key key) throws IOException, IntegrityException {
    @Nullable Location tried = null;
    while (true) {
      Optional<Location> found = find(key);
      if (found.isEmpty()) {
        return Optional.empty();
      }
      Location at = found.get();
      Optional<Bytes> bytes = intact(cid, at);
      if (bytes.isPresent()) {
        return bytes;
      }
      // Once more: compaction may have moved the block, or memory may have flipped a bit.
      if (at.equals(tried)) {
        forget(cid, key, at);
        throw new IntegrityException(
            cid.toString(), "damaged bytes", PackFormat.name(at.pack()) + "@" + at.offset());
      }
      tried = at;
    }
  }

  /** Treats a block as absent from now on, because its bytes are not what they should be. */
  void forget(Cid cid, Key key, Location at) throws IOException {
    LOG.log(
        Level.ERROR,
        "forget damaged block cid={0} pack={1} offset={2}",
        cid,
        PackFormat.name(at.pack()),
        Long.toString(at.offset()));
    writer.forgetPending(key, at);
    index.remove(List.of(new Entry(key, at)));
  }

  /**
   * The content at a place when it is what the CID names; empty for any other or none. Proved by
   * hashing, or by having been hashed since this process began, in a file that nobody wrote to
   * since.
   */
  private Optional<Bytes> intact(Cid cid, Location at) throws IOException {
    Pack pack = directory.acquire(at.pack());
    if (pack == null) {
      return Optional.empty();
    }
    try {
      int before = pack.lastGeneration();
      byte[] content = new byte[at.length()];
      pack.file().read(content, 0, content.length, at.offset());
      Bytes bytes = Bytes.owning(content);
      // Looked at after reading: the same generation as before means that nobody wrote between.
      int after = at.pack() == writer.activePack() ? NO_GENERATION : pack.generation();
      if (proven.contains(at, after)) {
        return Optional.of(bytes);
      }
      if (cid.hash().check(bytes) != Multihash.Verdict.MATCHES) {
        return Optional.empty();
      }
      if (before == after) {
        proven.add(at, after);
      }
      return Optional.of(bytes);
    } catch (EOFException | NoSuchFileException e) {
      return Optional.empty(); // somebody cut or removed the file
    } finally {
      pack.release();
    }
  }

  @Override
  public void close() throws IOException {
    try (directory;
        index) {
      writer.sync();
    }
  }
}
