package spindrift.realise;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import spindrift.base.Bytes;
import spindrift.base.Digests;
import spindrift.nix.FileMode;
import spindrift.nix.NarWriter;
import spindrift.nix.Nix32;
import spindrift.nix.NixHash;
import spindrift.nix.PathInfo;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;
import spindrift.store.LocalStore;
import spindrift.store.LocalStores;
import spindrift.testkit.NixClient;

/** Objects that a test made, and a source of them that may lie. */
final class MadeObjects implements ObjectSource {
  private final Map<StorePath, PathInfo> infos = new ConcurrentHashMap<>();
  private final Map<StorePath, Bytes> nars = new HashMap<>();
  private final Map<StorePath, BooleanSupplier> conditions = new HashMap<>();
  private Optional<StorePath> lie = Optional.empty();
  private Set<Form> lies = Set.of();

  /** Makes an object of so many bytes, which refers to others and to itself. */
  StorePath make(String name, int size, List<StorePath> references) throws Exception {
    byte[] hash = Digests.sha256().digest(Bytes.utf8(name).toArray());
    StorePath path = new StorePath(Nix32.encode(Bytes.copyOf(hash, 0, 20)), name);
    byte[] contents = new byte[size];
    Arrays.fill(contents, (byte) name.length());
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    NarWriter nar = new NarWriter(out);
    nar.startDirectory();
    nar.entry(Bytes.utf8("file"));
    nar.regular(FileMode.REGULAR, size, new ByteArrayInputStream(contents));
    nar.endDirectory();
    nar.finish();
    Bytes bytes = Bytes.owning(out.toByteArray());
    nars.put(path, bytes);
    List<StorePath> all = Stream.concat(references.stream(), Stream.of(path)).toList();
    infos.put(path, PathInfo.of(path, NixHash.sha256Of(bytes), bytes.size(), all));
    return path;
  }

  /** Takes an object that Nix made. */
  PathInfo take(NixClient client, String text) throws Exception {
    StorePath path = StorePath.parse(StoreDir.DEFAULT, text);
    try (LocalStore store = LocalStores.open(client.root().toString()).orElseThrow()) {
      ByteArrayOutputStream nar = new ByteArrayOutputStream();
      store.dumpNar(path, nar);
      nars.put(path, Bytes.owning(nar.toByteArray()));
      infos.put(path, store.pathInfo(path).orElseThrow());
    }
    return infos.get(path);
  }

  PathInfo info(StorePath path) {
    return infos.get(path);
  }

  void change(PathInfo changed) {
    infos.put(changed.path(), changed);
  }

  void forget(StorePath path) {
    infos.remove(path);
  }

  /** The last byte of its contents will be another. */
  void lieOf(StorePath path, Form... forms) {
    lies = forms.length == 0 ? EnumSet.allOf(Form.class) : Set.of(forms);
    lie = Optional.of(path);
  }

  /** Its NAR does not come before that is so. */
  void after(StorePath path, BooleanSupplier isSo) {
    conditions.put(path, isSo);
  }

  void tellTheTruth() {
    lie = Optional.empty();
  }

  @Override
  public Map<StorePath, PathInfo> infos(Collection<StorePath> paths) {
    return paths.stream()
        .filter(infos::containsKey)
        .collect(Collectors.toMap(path -> path, infos::get));
  }

  @Override
  public Nar nar(PathInfo info, Form form) {
    BooleanSupplier isSo = conditions.getOrDefault(info.path(), () -> true);
    while (!isSo.getAsBoolean() && !Thread.currentThread().isInterrupted()) {
      Thread.onSpinWait();
    }
    byte[] bytes = nars.get(info.path()).toArray();
    if (lie.filter(info.path()::equals).isPresent() && lies.contains(form)) {
      bytes[bytes.length / 2] ^= 1;
    }
    return new Nar() {
      @Override
      public InputStream bytes() {
        return new ByteArrayInputStream(bytes);
      }

      @Override
      public long localBytes() {
        return 0;
      }

      @Override
      public void close() {}
    };
  }
}
