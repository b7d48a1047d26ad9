package spindrift.substitute;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import spindrift.base.AbsentException;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.nix.FileMode;
import spindrift.nix.NarWriter;
import spindrift.nix.NixHash;
import spindrift.nix.PathInfo;
import spindrift.nix.SecretKey;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;
import spindrift.store.LocalStore;
import spindrift.store.StoreLayout;

/** A store of real files that no Nix looks after: one file for each path. */
final class FolderStore implements LocalStore {
  private final StoreLayout layout;
  private final Map<StorePath, PathInfo> valid = new ConcurrentHashMap<>();
  private final AtomicInteger asked = new AtomicInteger();

  /** Is done before a path is looked for. */
  volatile Runnable before = () -> {};

  FolderStore(Path folder) throws IOException {
    Path files = Files.createDirectories(folder.resolve("store"));
    this.layout = new StoreLayout(StoreDir.DEFAULT, files, folder, folder);
  }

  /** Puts a file into the folder; it is not valid yet. */
  PathInfo write(StorePath path, Bytes content, StorePath... references)
      throws IOException, FaultException {
    Files.write(realPath(path), content.toArray());
    Bytes nar = nar(content);
    return PathInfo.of(path, NixHash.sha256Of(nar), nar.size(), List.of(references));
  }

  /** The NAR of a file. */
  static Bytes nar(Bytes content) throws IOException, FaultException {
    ByteArrayOutputStream nar = new ByteArrayOutputStream();
    new NarWriter(nar)
        .regular(
            FileMode.REGULAR, content.size(), new java.io.ByteArrayInputStream(content.toArray()));
    return Bytes.owning(nar.toByteArray());
  }

  void register(PathInfo info) {
    valid.put(info.path(), info);
  }

  /** Adds an object; signed where keys are given. */
  PathInfo add(StorePath path, Bytes content, List<SecretKey> keys, StorePath... references)
      throws IOException, FaultException {
    PathInfo info = write(path, content, references);
    PathInfo signed =
        info.withSignatures(
            keys.stream().map(key -> key.sign(info.fingerprint(StoreDir.DEFAULT))).toList());
    register(signed);
    return signed;
  }

  void remove(StorePath path) throws IOException {
    valid.remove(path);
    Files.delete(realPath(path));
  }

  /** How often a path was asked about. */
  int asked() {
    return asked.get();
  }

  @Override
  public StoreLayout layout() {
    return layout;
  }

  @Override
  public Optional<PathInfo> pathInfo(StorePath path) {
    asked.incrementAndGet();
    return Optional.ofNullable(valid.get(path));
  }

  @Override
  public Optional<StorePath> byHashPart(String hashPart) {
    before.run();
    return valid.keySet().stream().filter(path -> path.hashPart().equals(hashPart)).findFirst();
  }

  @Override
  public Set<StorePath> validPaths(Set<StorePath> paths) {
    return paths.stream().filter(valid::containsKey).collect(Collectors.toSet());
  }

  @Override
  public Set<StorePath> allPaths() {
    return Set.copyOf(valid.keySet());
  }

  @Override
  public void protect(StorePath path) throws AbsentException {
    if (!valid.containsKey(path)) {
      throw new AbsentException(path + " is not valid");
    }
  }

  @Override
  public void dumpNar(StorePath path, OutputStream out) {
    throw new UnsupportedOperationException("nobody asks for it");
  }

  @Override
  public void add(PathInfo info, InputStream nar) {
    throw new UnsupportedOperationException("nobody adds");
  }

  @Override
  public void close() {}
}
