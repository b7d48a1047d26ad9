package spindrift.blocks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.locks.ReentrantLock;
import spindrift.base.Bytes;
import spindrift.base.IntegrityException;
import spindrift.base.LimitExceededException;
import spindrift.blocks.PackIndex.PackRow;
import spindrift.ipld.Block;
import spindrift.ipld.Cid;

/**
 * Blocks on disk: in packs that it writes itself, and in files of the Nix store that it only refers
 * to.
 *
 * <pre>
 * packs/NNNNNNNN.car  blocks, CAR v1, appended only
 * index.db            where in the packs a block lies; rebuilt when lost
 * references.db       which leaves lie in which store files
 * pins.db             roots that are kept
 * </pre>
 *
 * <p>One process at a time may have a directory open; {@link DirectoryLock} sees to that. Safe for
 * use by several threads, which read side by side and write in turn. Every block is hashed when it
 * is put and each time it is read from a pack; a referenced leaf is hashed whenever its file is not
 * the one that it was last proved in.
 */
public final class DiskBlockStore implements BlockStore, AutoCloseable {
  private final DiskOptions options;
  private final PackStore packs;
  private final References references;
  private final Pins pins;
  private final Protection protection;
  private final ReentrantLock collecting = new ReentrantLock();

  private DiskBlockStore(
      DiskOptions options,
      PackStore packs,
      References references,
      Pins pins,
      Protection protection) {
    this.options = options;
    this.packs = packs;
    this.references = references;
    this.pins = pins;
    this.protection = protection;
  }

  /**
   * Opens a store, or makes an empty one. What a crash left half written is cut off, and an index
   * that is missing, damaged or of another version is rebuilt from the packs, which takes about a
   * second a gigabyte.
   */
  public static DiskBlockStore open(Path directory, DiskOptions options) throws IOException {
    Files.createDirectories(directory);
    Protection protection = new Protection();
    PackStore packs = PackStore.open(directory, options.maxPackBytes());
    List<AutoCloseable> opened = new ArrayList<>(List.of(packs));
    try {
      References references = new References(ReferenceIndex.open(directory), options.clock());
      opened.add(references);
      Pins pins = Pins.open(directory, protection, options.clock());
      return new DiskBlockStore(options, packs, references, pins, protection);
    } catch (IOException e) {
      Closing.all(opened.reversed(), e);
      throw e;
    }
  }

  /** Opens a store with an index made anew from the packs, whatever the one there says. */
  public static DiskBlockStore rebuild(Path directory, DiskOptions options) throws IOException {
    PackIndex.delete(directory);
    return open(directory, options);
  }

  @Override
  public boolean has(Cid cid) throws IOException {
    return size(cid).isPresent();
  }

  @Override
  public OptionalInt size(Cid cid) throws IOException {
    if (cid.isIdentity()) {
      return OptionalInt.of(cid.digest().size());
    }
    OptionalInt inPacks = sizeInPacks(cid);
    return inPacks.isPresent() ? inPacks : references.size(cid, Key.of(cid));
  }

  OptionalInt sizeInPacks(Cid cid) throws IOException {
    Optional<Location> found = packs.find(Key.of(cid));
    return found.isPresent() ? OptionalInt.of(found.get().length()) : OptionalInt.empty();
  }

  @Override
  public Optional<Bytes> read(Cid cid) throws IOException, IntegrityException {
    if (cid.isIdentity()) {
      return Optional.of(cid.digest());
    }
    Key key = Key.of(cid);
    try {
      Optional<Bytes> packed = packs.read(cid, key);
      return packed.isPresent() ? packed : references.read(cid, key);
    } catch (IntegrityException e) {
      Optional<Bytes> referenced = references.read(cid, key);
      if (referenced.isPresent()) {
        return referenced;
      }
      throw e;
    }
  }

  @Override
  public Optional<LeafPlace> place(Cid cid) throws IOException {
    return cid.isIdentity() ? Optional.empty() : references.place(Key.of(cid));
  }

  /**
   * As {@link #place}, of many leaves at once, which is quickest in the order in which their files
   * have them. Of those that have no place nothing is told.
   */
  public void places(List<Cid> leaves, LeafPlace.Found found) throws IOException {
    references.places(leaves, found);
  }

  /**
   * {@inheritDoc}
   *
   * <p>On an error, such as a full disk, nothing stored before is harmed, and the put may be tried
   * again. A collection that runs now spares the block; for longer, put through a {@link #session}.
   */
  @Override
  public void accept(Block block) throws IOException, LimitExceededException {
    BlockLimits.check(block.bytes());
    Cid cid = block.cid();
    if (cid.isIdentity()) {
      return;
    }
    Key key = Key.of(cid);
    boolean referenced = packs.find(key).isEmpty() && references.size(cid, key).isPresent();
    protection.whilePresent(
        cid,
        key,
        () -> {
          if (!referenced && packs.find(key).isEmpty()) {
            packs.writer().append(key, cid, block.bytes());
          }
        });
  }

  @Override
  public void sync() throws IOException {
    packs.writer().sync();
    references.sync();
  }

  /**
   * Records leaves that lie in files, so that they can be read as blocks without being stored. All
   * are added or, on an error, none; durable after {@link #sync}. The caller has hashed them. One
   * call for each store path is about right.
   */
  public void addReferences(List<ReferencedFile> files) throws IOException {
    references.add(files);
  }

  /** A view for an upload or a build in progress; the caller closes it. */
  public Session session() {
    return new Session(this, protection);
  }

  /**
   * Protects a DAG for a request in progress; the caller closes the hold. What is here of the DAG
   * when this returns stays until then, a collection that runs now included.
   */
  public Hold hold(Cid root) throws IOException {
    return protection.hold(root);
  }

  /** The roots that are kept; open as long as the store is. */
  public Pins pins() {
    return pins;
  }

  /**
   * Removes every block that neither the given roots nor pins, holds or open sessions reach through
   * DAG-PB links, and references into files that are gone. Reads and writes go on meanwhile; a
   * second collection waits for the first. A crash at any moment loses no live block.
   *
   * @throws IntegrityException when a live node is damaged, before anything was removed: what it
   *     links to cannot be told. The node counts as absent from then on, so that a later collection
   *     can go on without it, once it was put again or given up.
   */
  public GcReport collect(Iterable<Cid> roots, GcMode mode) throws IOException, IntegrityException {
    collecting.lock();
    try {
      StoreStats before = stats();
      Collector collector =
          new Collector(packs, protection, this, before.blocks() + before.references(), mode);
      collector.run(roots, pins, options.minLivePercent());
      return collector.report(mode == GcMode.COLLECT ? references.sweep() : 0);
    } finally {
      collecting.unlock();
    }
  }

  /** Reads every pack again and reports damaged blocks; changes nothing. */
  public Verification verify(Verification.Progress progress) throws IOException {
    return new Verifier(packs, progress).run();
  }

  /** What is here, as of the last {@link #sync}. Takes milliseconds where there is much. */
  public StoreStats stats() throws IOException {
    List<PackRow> rows = packs.index().packs();
    return new StoreStats(
        rows.stream().mapToLong(PackRow::blocks).sum(),
        rows.stream().mapToLong(PackRow::bytes).sum(),
        rows.size(),
        rows.stream().mapToLong(PackRow::length).sum(),
        references.count());
  }

  /** Syncs and closes everything; closing twice does nothing. No other call may be under way. */
  @Override
  public void close() throws IOException {
    IOException failure = new IOException("store not closed cleanly");
    Closing.all(List.of(pins, references, packs), failure);
    if (failure.getSuppressed().length > 0) {
      throw failure;
    }
  }
}
