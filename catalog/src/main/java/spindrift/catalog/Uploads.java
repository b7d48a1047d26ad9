package spindrift.catalog;

import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.Optional;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.MalformedDataException;
import spindrift.base.RefusedException;
import spindrift.blocks.DiskBlockStore;
import spindrift.blocks.Session;
import spindrift.catalog.CatalogRecord.Origin;
import spindrift.catalog.CatalogRecord.Pin;
import spindrift.catalog.StagedNars.StagedNar;
import spindrift.nix.Compression;
import spindrift.nix.NarInfo;
import spindrift.nix.NarReader;
import spindrift.nix.NixHash;
import spindrift.nix.StorePath;

/**
 * Takes store objects in as a Nix client pushes them: first the NAR under a URL of the client's
 * choice, then the narinfo that names that URL. Until its narinfo is accepted an object cannot be
 * seen. Safe for use by several threads.
 */
public final class Uploads {
  private final Catalog catalog;
  private final DiskBlockStore blocks;
  private final PathPresence presence;

  /** Tells whether a store object is here, in the catalog or in the local store. */
  @FunctionalInterface
  public interface PathPresence {
    boolean isPresent(StorePath path) throws IOException, FaultException;
  }

  public Uploads(Catalog catalog, DiskBlockStore blocks, PathPresence presence) {
    this.catalog = catalog;
    this.blocks = blocks;
    this.presence = presence;
  }

  /** The uploaded NAR that waits under a URL for its narinfo. */
  public Optional<StagedNar> staged(String url) throws IOException {
    return catalog.stagedNars().find(url);
  }

  /** A file as it was sent: its hash and its size in bytes, known once it was read to the end. */
  public interface ReceivedFile {
    NixHash hash() throws IOException;

    long size();
  }

  /**
   * Takes a NAR and cuts it while it arrives. When this throws, nothing can be seen of the upload,
   * and what was written of it goes with the next garbage collection.
   *
   * @param url relative to the cache, as the narinfo will name it
   * @param compression of the file
   * @param nar decoded; is read to its end, which must be the end of the NAR
   * @param file of the encoded file below {@code nar}; asked when that has ended
   */
  public void putNar(String url, Compression compression, InputStream nar, ReceivedFile file)
      throws IOException, FaultException {
    try (Session session = blocks.session()) {
      ViewBuilder builder = new ViewBuilder(session, Leaves.keptIn(session));
      NarReader reader = new NarReader(nar);
      reader.read(builder);
      reader.expectEnd();
      ViewBuilder.Result result = builder.finish();
      // Before the row that a crash would otherwise leave without its blocks.
      blocks.sync();
      catalog
          .stagedNars()
          .put(
              url,
              new StagedNar(
                  result.narHash(),
                  result.narSize(),
                  file.hash(),
                  file.size(),
                  compression,
                  result.views()));
    }
  }

  /**
   * Keeps a NAR that others have, unpinned; its references need not be here. When this throws,
   * nothing can be seen of it, and what was written goes with the next garbage collection; until
   * then its leaves can be read.
   *
   * @param info passed the trust gate
   * @param nar is read to its end, which must be the end of the NAR
   * @throws RefusedException when it is another NAR than the narinfo says
   */
  public void keep(NarInfo info, InputStream nar) throws IOException, FaultException {
    NarInfo plain = info.withPlainFile();
    NixHash hash = info.narHash();
    putNar(
        plain.url(),
        Compression.NONE,
        nar,
        new ReceivedFile() {
          @Override
          public NixHash hash() {
            return hash;
          }

          @Override
          public long size() {
            return info.narSize();
          }
        });
    Optional<StagedNar> staged = staged(plain.url());
    if (staged.isEmpty()) {
      throw new RefusedException(info.path() + ": its NAR has left this cache meanwhile");
    }
    requireSame(plain, staged.get());
    boolean isPresent = presence.isPresent(info.path());
    catalog.claim(
        plain.url(),
        staged.get(),
        info.path(),
        before -> record(plain, staged.get(), before, isPresent));
  }

  /**
   * Takes a narinfo and, if all is right, makes its object visible; that is durable on return.
   *
   * @throws RefusedException when the NAR was not uploaded or is another one, when a reference is
   *     not here, or when the path is here with other contents
   */
  public void putNarInfo(String hashPart, Bytes text) throws IOException, FaultException {
    NarInfo info = NarInfo.parse(catalog.storeDir(), text);
    if (!info.path().hashPart().equals(hashPart)) {
      throw new MalformedDataException(
          "narinfo", -1, "describes " + info.path() + " under the name " + hashPart);
    }
    Optional<StagedNar> served = served(info);
    StagedNar nar =
        staged(info.url())
            .or(() -> served)
            .orElseThrow(
                () ->
                    new RefusedException(
                        info.path() + ": its NAR was not uploaded to " + info.url() + " before"));
    requireSame(info, nar);
    for (StorePath reference : info.references()) {
      if (!reference.equals(info.path()) && !presence.isPresent(reference)) {
        throw new RefusedException(
            info.path() + ": its reference " + reference + " is not in this cache");
      }
    }
    boolean isPresent = presence.isPresent(info.path());
    if (!catalog.claim(
        info.url(), nar, info.path(), before -> record(info, nar, before, isPresent))) {
      throw new RefusedException(
          info.path() + ": its NAR has left this cache meanwhile; push it again");
    }
  }

  /**
   * The NAR under the plain name by which every NAR here can be had: a client that sees it there
   * does not send it, whatever path it came with.
   */
  private Optional<StagedNar> served(NarInfo info) throws IOException {
    NixHash hash = info.narHash();
    if (!info.url().equals("nar/" + hash.nix32() + ".nar")) {
      return Optional.empty();
    }
    return catalog.findByNarHash(hash).stream()
        .filter(record -> record.origin() == Origin.UPLOAD)
        .findFirst()
        .map(
            record ->
                new StagedNar(
                    hash,
                    record.narInfo().narSize(),
                    hash,
                    record.narInfo().narSize(),
                    Compression.NONE,
                    new Views(record.narView(), record.treeView())));
  }

  private static void requireSame(NarInfo info, StagedNar nar) throws RefusedException {
    if (!info.narHash().equals(nar.narHash()) || info.narSize() != nar.narSize()) {
      throw new RefusedException(
          String.format(
              "%s: the narinfo says NAR %s of %d bytes, uploaded was %s of %d bytes",
              info.path(), info.narHash(), info.narSize(), nar.narHash(), nar.narSize()));
    }
    boolean sameFile =
        info.fileHash().map(nar.fileHash()::equals).orElse(true)
            && info.fileSize().orElse(nar.fileSize()) == nar.fileSize();
    if (!sameFile) {
      throw new RefusedException(
          info.path() + ": the file at " + info.url() + " is not the one that the narinfo names");
    }
  }

  private static CatalogRecord record(
      NarInfo info, StagedNar nar, Optional<CatalogRecord> before, boolean isPresent)
      throws RefusedException {
    Views views = nar.views();
    NarInfo described = views.describe(info.withPlainFile());
    if (before.isPresent()) {
      if (!before.get().narInfo().narHash().equals(info.narHash())) {
        throw new RefusedException(
            info.path() + " is here already with NAR hash " + before.get().narInfo().narHash());
      }
      for (var signature : before.get().narInfo().signatures()) {
        described = described.withSignature(signature);
      }
    }
    Instant now = Instant.now();
    return new CatalogRecord(
        described,
        views.nar(),
        views.tree(),
        // A record of the local store's whose files are gone does not make them be there.
        isPresent ? before.map(CatalogRecord::origin).orElse(Origin.UPLOAD) : Origin.UPLOAD,
        before.map(CatalogRecord::pin).orElse(Pin.UNPINNED),
        before.flatMap(CatalogRecord::treeFingerprint),
        before.map(CatalogRecord::added).orElse(now),
        now);
  }
}
