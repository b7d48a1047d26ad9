package spindrift.catalog;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import spindrift.base.ByteSource;
import spindrift.base.ByteTarget;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.blocks.BlockReader;
import spindrift.catalog.CatalogRecord.Origin;
import spindrift.dag.UnixFsDag;
import spindrift.ipld.Cid;
import spindrift.nix.ContentAddress;
import spindrift.nix.HashAlgorithm;
import spindrift.nix.NixHash;
import spindrift.nix.PathInfo;
import spindrift.nix.StorePath;
import spindrift.nix.StorePathCalculator;
import spindrift.store.LocalStore;

/**
 * Files by the hash of their contents: store objects that are one file and were addressed by it
 * ({@code fixed:<algorithm>:…}, as the outputs of {@code fetchurl} are), and blocks.
 *
 * <p>Nix keeps no index of such hashes. But hash and name make the path, so each name that the
 * store has is tried: a hash function's worth of work for a name, some tenths of a second for a
 * hundred thousand names. That finds paths which were never indexed, by whatever way the store is
 * asked. Safe for use by several threads.
 */
public final class FlatObjects {
  private final Catalog catalog;
  private final BlockReader blocks;
  private final Optional<LocalStore> store;
  private final Optional<StoreNames> names;

  FlatObjects(Catalog catalog, BlockReader blocks, Optional<LocalStore> store) {
    this.catalog = catalog;
    this.blocks = blocks;
    this.store = store;
    this.names = store.map(here -> new StoreNames(here.layout().realStoreDir()));
  }

  /**
   * The paths here, in the catalog or in the local store, that are one file with this hash. Takes
   * as long where there are none.
   */
  public List<StorePath> paths(NixHash hash) throws IOException, FaultException {
    ContentAddress ca = new ContentAddress(ContentAddress.Method.FLAT, hash);
    Set<StorePath> found = new LinkedHashSet<>();
    for (CatalogRecord record : catalog.findByContentAddress(ca)) {
      found.add(record.path());
    }
    found.addAll(storePaths(ca));
    return List.copyOf(found);
  }

  /**
   * The file with a hash, not verified: whoever passes it on does that.
   *
   * @param shown the blocks that the caller may have
   */
  public Optional<ByteSource> file(NixHash hash, BlockReader shown)
      throws IOException, FaultException {
    ContentAddress ca = new ContentAddress(ContentAddress.Method.FLAT, hash);
    for (StorePath path : storePaths(ca)) {
      Path file = store.orElseThrow().realPath(path);
      if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
        return Optional.of(new PlainFile(file, Files.size(file)));
      }
    }
    for (CatalogRecord record : catalog.findByContentAddress(ca)) {
      if (record.origin() == Origin.UPLOAD) {
        catalog.touch(record.path());
        return Optional.of(new UnixFsDag(blocks).file(record.treeView()));
      }
    }
    return hash.algorithm() == HashAlgorithm.SHA256 ? block(hash, shown) : Optional.empty();
  }

  /** A file that is one leaf is a block whose CID has the file's hash, whatever object it is in. */
  private static Optional<ByteSource> block(NixHash hash, BlockReader shown)
      throws IOException, FaultException {
    Cid cid = Cid.raw(hash.digest());
    Optional<Bytes> block = shown.read(cid);
    return block.isEmpty() ? Optional.empty() : Optional.of(new UnixFsDag(shown).file(cid));
  }

  /** Valid paths of the local store; from here on Nix's garbage collector leaves them alone. */
  private List<StorePath> storePaths(ContentAddress ca) throws IOException, FaultException {
    if (names.isEmpty()) {
      return List.of();
    }
    LocalStore here = store.orElseThrow();
    List<StorePath> valid = new ArrayList<>();
    StorePathCalculator calculator = new StorePathCalculator(catalog.storeDir());
    NixHash hash = StorePathCalculator.fixedOutputHash(ca);
    StoreNames.Listing listing = names.get().listing();
    for (String name : listing.names()) {
      StorePath path = calculator.fixedOutput(name, hash);
      if (listing.mayHave(path) && isValid(path, ca)) {
        here.protect(path);
        valid.add(path);
      }
    }
    return valid;
  }

  private boolean isValid(StorePath path, ContentAddress ca) throws IOException, FaultException {
    Optional<PathInfo> info = store.orElseThrow().pathInfo(path);
    return info.isPresent() && info.get().ca().equals(Optional.of(ca));
  }

  /** A file of the store. */
  private record PlainFile(Path path, long size) implements ByteSource {
    @Override
    public void writeTo(ByteTarget target, long from, long to) throws IOException {
      try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
        target.transfer(channel, from, to - from);
      }
    }
  }
}
