package spindrift.catalog;

import java.io.IOException;
import java.io.InputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.IntegrityException;
import spindrift.base.RefusedException;
import spindrift.blocks.DiskBlockStore;
import spindrift.blocks.Session;
import spindrift.catalog.CatalogRecord.Origin;
import spindrift.catalog.CatalogRecord.Pin;
import spindrift.ipld.Cid;
import spindrift.nix.ContentAddress;
import spindrift.nix.FileMode;
import spindrift.nix.HashAlgorithm;
import spindrift.nix.NarInfo;
import spindrift.nix.NixHash;
import spindrift.nix.PathInfo;
import spindrift.nix.References;
import spindrift.nix.StorePath;
import spindrift.nix.StorePathCalculator;

/**
 * Takes in files that an owner offers as sources. Each becomes the store object that Nix's {@code
 * fetchurl} would make of it, kept as blocks and pinned: its path, and with it all that is done
 * with paths, follows from hash and name. Safe for use by several threads.
 */
public final class OfferedFiles {
  private static final List<HashAlgorithm> ALGORITHMS =
      List.of(HashAlgorithm.SHA256, HashAlgorithm.SHA512, HashAlgorithm.SHA1, HashAlgorithm.MD5);

  private final Catalog catalog;
  private final DiskBlockStore blocks;

  public OfferedFiles(Catalog catalog, DiskBlockStore blocks) {
    this.catalog = catalog;
    this.blocks = blocks;
  }

  /**
   * A file that was taken in.
   *
   * @param paths one for each algorithm by which it is offered, in the order of {@code algorithms}
   * @param algorithms by which it is offered
   * @param hashes by all algorithms
   * @param size in bytes
   * @param cid of the file, without its name
   */
  public record Offered(
      List<StorePath> paths,
      Set<HashAlgorithm> algorithms,
      Map<HashAlgorithm, NixHash> hashes,
      long size,
      Cid cid) {
    /** Whether it can be found by its hash of this kind. */
    public boolean isFoundBy(HashAlgorithm algorithm) {
      return algorithms.contains(algorithm);
    }
  }

  /**
   * Takes a file in; its records are durable on return.
   *
   * @param name that the store object gets
   * @param size bytes that will be read
   * @param contents is left open
   * @param algorithms by whose hashes the file can be found, here and by peers
   * @throws RefusedException when the name cannot be one of a store object
   * @throws IntegrityException when the file has another size when it is read
   */
  public Offered add(String name, long size, InputStream contents, Set<HashAlgorithm> algorithms)
      throws IOException, FaultException {
    if (!StorePath.isName(name)) {
      throw new RefusedException(
          name + " is no name for a store object: want up to 211 letters, digits and +-._?=");
    }
    Map<HashAlgorithm, MessageDigest> digests = new EnumMap<>(HashAlgorithm.class);
    InputStream in = contents;
    for (HashAlgorithm algorithm : ALGORITHMS) {
      MessageDigest digest = algorithm.newDigest().orElseThrow();
      digests.put(algorithm, digest);
      in = new DigestInputStream(in, digest);
    }
    try (Session session = blocks.session()) {
      ViewBuilder builder = new ViewBuilder(session, Leaves.keptIn(session));
      builder.regular(FileMode.REGULAR, size, in);
      ViewBuilder.Result result = builder.finish();
      blocks.sync();
      Map<HashAlgorithm, NixHash> hashes = new EnumMap<>(HashAlgorithm.class);
      digests.forEach(
          (algorithm, digest) ->
              hashes.put(algorithm, new NixHash(algorithm, Bytes.owning(digest.digest()))));
      List<CatalogRecord> records = new ArrayList<>();
      for (NixHash hash : hashes.values()) {
        if (algorithms.contains(hash.algorithm())) {
          records.add(record(name, hash, result));
        }
      }
      catalog.put(records);
      return new Offered(
          records.stream().map(CatalogRecord::path).toList(),
          Set.copyOf(algorithms),
          hashes,
          size,
          result.views().tree());
    }
  }

  private CatalogRecord record(String name, NixHash hash, ViewBuilder.Result result)
      throws IOException, RefusedException {
    ContentAddress ca = new ContentAddress(ContentAddress.Method.FLAT, hash);
    StorePath path =
        new StorePathCalculator(catalog.storeDir()).contentAddressed(name, ca, References.NONE);
    PathInfo info =
        new PathInfo(
            path,
            result.narHash(),
            result.narSize(),
            List.of(),
            Optional.empty(),
            List.of(),
            Optional.of(ca),
            PathInfo.Origin.ELSEWHERE,
            0);
    Optional<CatalogRecord> before = catalog.find(path);
    NarInfo described = result.views().describe(NarInfo.of(info).withPlainFile());
    for (var signature : before.map(known -> known.narInfo().signatures()).orElse(List.of())) {
      described = described.withSignature(signature);
    }
    Instant now = Instant.now();
    return new CatalogRecord(
        described,
        result.views().nar(),
        result.views().tree(),
        Origin.UPLOAD,
        Pin.PINNED,
        before.flatMap(CatalogRecord::treeFingerprint),
        before.map(CatalogRecord::added).orElse(now),
        now);
  }
}
