package spindrift.catalog;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import spindrift.base.ByteSource;
import spindrift.base.ByteTarget;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.blocks.DiskBlockStore;
import spindrift.blocks.DiskOptions;
import spindrift.blocks.GcMode;
import spindrift.nix.Compression;
import spindrift.nix.NarInfo;
import spindrift.nix.NixHash;
import spindrift.nix.PathInfo;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;
import spindrift.store.LocalStore;

/** A catalog and its blocks in a folder, as a node has them; small packs. */
final class Holdings implements AutoCloseable {
  final Catalog catalog;
  final DiskBlockStore blocks;
  final BinaryCache cache;
  final Uploads uploads;
  final Housekeeping housekeeping;

  private Holdings(Catalog catalog, DiskBlockStore blocks, Optional<LocalStore> store) {
    this.catalog = catalog;
    this.blocks = blocks;
    this.cache = new BinaryCache(catalog, blocks, store, Optional.empty());
    this.uploads = new Uploads(catalog, blocks, cache::isPresent);
    this.housekeeping = new Housekeeping(catalog, blocks, store, cache);
  }

  static Holdings open(Path folder) throws IOException {
    return open(folder, Optional.empty());
  }

  static Holdings open(Path folder, Optional<LocalStore> store) throws IOException {
    Catalog catalog = Catalog.open(folder, StoreDir.DEFAULT);
    DiskOptions options = DiskOptions.DEFAULTS.withMaxPackBytes(1 << 20);
    return new Holdings(catalog, DiskBlockStore.open(folder.resolve("blocks"), options), store);
  }

  /** A store path that differs from those of other letters. */
  static StorePath path(char letter) {
    return new StorePath(String.valueOf(letter).repeat(StorePath.HASH_PART_LENGTH), "object");
  }

  /** The narinfo of a tree that was put as {@code nar/<path>.nar}. */
  static NarInfo narInfo(StorePath path, TestTree tree, StorePath... references)
      throws IOException, FaultException {
    Bytes nar = tree.nar();
    NixHash hash = NixHash.sha256Of(nar);
    return NarInfo.of(PathInfo.of(path, hash, nar.size(), List.of(references)))
        .withFile(url(path), Compression.NONE, hash, nar.size());
  }

  static String url(StorePath path) {
    return "nar/" + path.hashPart() + ".nar";
  }

  void putNar(StorePath path, TestTree tree) throws IOException, FaultException {
    Bytes nar = tree.nar();
    putNar(path, new ByteArrayInputStream(nar.toArray()), nar);
  }

  void putNar(StorePath path, InputStream in, Bytes file) throws IOException, FaultException {
    uploads.putNar(
        url(path),
        Compression.NONE,
        in,
        new Uploads.ReceivedFile() {
          @Override
          public NixHash hash() {
            return NixHash.sha256Of(file);
          }

          @Override
          public long size() {
            return file.size();
          }
        });
  }

  void put(NarInfo info) throws IOException, FaultException {
    uploads.putNarInfo(info.path().hashPart(), Bytes.utf8(info.render(StoreDir.DEFAULT)));
    cache.forget(info.path().hashPart());
  }

  /** Pushes an object as Nix does. */
  void push(StorePath path, TestTree tree, StorePath... references)
      throws IOException, FaultException {
    putNar(path, tree);
    put(narInfo(path, tree, references));
  }

  /** The NAR of a path, found by its narinfo as Nix finds it. */
  Optional<Bytes> served(StorePath path) throws IOException, FaultException {
    Optional<NarInfo> info = cache.narInfo(path.hashPart());
    if (info.isEmpty()) {
      return Optional.empty();
    }
    ByteSource nar = cache.nar(info.get().narHash(), Optional.empty()).orElseThrow();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    nar.writeTo(ByteTarget.of(out), 0, nar.size());
    return Optional.of(Bytes.owning(out.toByteArray()));
  }

  Housekeeping.Collected collect(Housekeeping.Scope scope, GcMode mode)
      throws IOException, FaultException {
    return housekeeping.collect(OptionalLong.empty(), scope, mode);
  }

  @Override
  public void close() throws IOException {
    catalog.close();
    blocks.close();
  }
}
