package spindrift.node;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import spindrift.base.AbsentException;
import spindrift.base.ConfigException;
import spindrift.base.FaultException;
import spindrift.base.Json;
import spindrift.base.JsonObject;
import spindrift.base.JsonValue;
import spindrift.base.MalformedDataException;
import spindrift.base.RefusedException;
import spindrift.catalog.OfferedFiles.Offered;
import spindrift.catalog.Progress;
import spindrift.nix.HashAlgorithm;
import spindrift.nix.NixHash;
import spindrift.nix.StorePath;

/** Files that the owner offers as sources. Safe for use by several threads. */
final class SourceOperations {
  private final DataDirectory data;
  private final String cacheUrl;

  /**
   * @param cacheUrl where the node serves
   */
  SourceOperations(DataDirectory data, String cacheUrl) {
    this.data = data;
    this.cacheUrl = cacheUrl;
  }

  /**
   * Takes in and shares the {@code files}, absolute paths on this machine, found by the hashes of
   * {@code algorithms}; {@code name} is another name for a single one.
   */
  JsonObject add(JsonObject arguments, Reporter reporter) throws IOException, FaultException {
    Set<HashAlgorithm> algorithms = EnumSet.noneOf(HashAlgorithm.class);
    for (JsonValue argument : arguments.items("algorithms")) {
      algorithms.add(algorithm(Json.asText(argument)));
    }
    Optional<String> name = arguments.optionalText("name");
    List<JsonValue> files = arguments.items("files");
    if (name.isPresent() && files.size() > 1) {
      throw new ConfigException("name", name.get(), "is one name, and there are several files");
    }
    long bytes = 0;
    for (JsonValue argument : files) {
      Offered offered = add(Path.of(Json.asText(argument)), name, algorithms, reporter);
      offered.paths().forEach(path -> data.cache().forget(path.hashPart()));
      data.sharing().share(offered.paths());
      bytes += offered.size();
      reporter.item(description(Json.asText(argument), offered));
    }
    return JsonObject.of("offered", files.size(), "bytes", bytes);
  }

  private static HashAlgorithm algorithm(String label) throws ConfigException {
    try {
      HashAlgorithm algorithm = HashAlgorithm.parse(label);
      if (algorithm.newDigest().isPresent()) {
        return algorithm;
      }
    } catch (MalformedDataException e) {
      // Said below.
    }
    throw new ConfigException("algo", label, "want sha256, sha512, sha1 or md5");
  }

  private Offered add(
      Path file, Optional<String> name, Set<HashAlgorithm> algorithms, Reporter reporter)
      throws IOException, FaultException {
    if (!Files.exists(file)) {
      throw new AbsentException(file + ": no such file, or the node may not see it");
    }
    if (!Files.isRegularFile(file)) {
      throw new RefusedException(file + " is not a regular file");
    }
    String own = name.orElseGet(() -> String.valueOf(file.getFileName()));
    if (!StorePath.isName(own)) {
      throw new ConfigException(
          file + " has a name that no store object can have; give another with --name");
    }
    long size = Files.size(file);
    try (InputStream in = new Counting(Files.newInputStream(file), size, own, reporter)) {
      return data.offeredFiles().add(own, size, in, algorithms);
    } catch (MalformedDataException e) {
      throw new RefusedException(file + " changed while it was read; try again");
    }
  }

  private JsonObject description(String file, Offered offered) {
    return JsonObject.of(
        "file", file,
        "paths", offered.paths().stream().map(path -> path.in(data.storeDir())).toList(),
        "size", offered.size(),
        "cid", offered.cid().toString(),
        "urls", urls(offered),
        "hashes", offered.hashes().values().stream().map(SourceOperations::spellings).toList());
  }

  /** As mirrors are asked, by each hash, then through the gateway. */
  private List<String> urls(Offered offered) {
    List<String> urls = new ArrayList<>();
    for (NixHash hash : offered.hashes().values()) {
      if (offered.isFoundBy(hash.algorithm())) {
        urls.add(cacheUrl + "/" + hash.algorithm().label() + "/" + hash.hex());
      }
    }
    urls.add(cacheUrl + "/ipfs/" + offered.cid());
    urls.add("ipfs://" + offered.cid());
    return urls;
  }

  private static JsonObject spellings(NixHash hash) {
    return JsonObject.of(
        "algorithm", hash.algorithm().label(),
        "base16", hash.hex(),
        "nix32", hash.nix32(),
        "sri", hash.sri());
  }

  /** Tells how far reading is. */
  private static final class Counting extends FilterInputStream {
    private final long size;
    private final String name;
    private final Progress progress;
    private long done;

    Counting(InputStream in, long size, String name, Progress progress) {
      super(in);
      this.size = size;
      this.name = name;
      this.progress = progress;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      int read = super.read(buffer, offset, length);
      done += Math.max(0, read);
      progress.report(Math.min(done, size), size, name);
      return read;
    }
  }
}
