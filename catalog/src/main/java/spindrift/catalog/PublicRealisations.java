package spindrift.catalog;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.Optional;
import spindrift.base.ByteSource;
import spindrift.base.ByteTarget;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.nix.Realisation;
import spindrift.nix.StorePath;

/**
 * The realisations that peers may have: those of outputs that are here and public. They are known
 * from the local store, from uploads, and from what passed through. Safe for use by several
 * threads.
 */
public final class PublicRealisations {
  /** Ours: they have some hundred bytes, and as many for each one that they depend on. */
  public static final int MAX_BYTES = 64 << 10;

  private static final System.Logger LOG = System.getLogger(PublicRealisations.class.getName());

  private final Catalog catalog;
  private final BinaryCache cache;
  private final Sharing sharing;

  public PublicRealisations(Catalog catalog, BinaryCache cache, Sharing sharing) {
    this.catalog = catalog;
    this.cache = cache;
    this.sharing = sharing;
  }

  /**
   * A realisation with its signatures, whoever made these. One that names an output that is not
   * public, as what it was built with, is absent: its text is signed, and cannot be shortened.
   *
   * @param name its path in a binary cache, in either format; other documents are absent
   */
  public Optional<Bytes> find(String name) throws IOException, FaultException {
    if (!DocumentPolicy.isSigned(name)) {
      return Optional.empty();
    }
    Optional<Bytes> content = here(name);
    if (content.isEmpty() || content.get().size() > MAX_BYTES) {
      return Optional.empty();
    }
    for (StorePath output : DocumentPolicy.outputs(name, content.get())) {
      if (!isPublic(output)) {
        return Optional.empty();
      }
    }
    return content;
  }

  private Optional<Bytes> here(String name) throws IOException, FaultException {
    Optional<ByteSource> pushed = catalog.documents().find(name);
    if (pushed.isPresent()) {
      ByteSource source = pushed.get();
      if (source.size() > MAX_BYTES) {
        return Optional.empty();
      }
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      source.writeTo(ByteTarget.of(bytes), 0, source.size());
      return Optional.of(Bytes.owning(bytes.toByteArray()));
    }
    Optional<Bytes> kept = catalog.keptDocuments().find(name);
    return kept.isPresent() ? kept : DocumentPolicy.realisation(name).flatMap(this::stored);
  }

  private Optional<Bytes> stored(Realisation.Id id) {
    try {
      return cache.realisation(id).map(found -> Bytes.utf8(found.render()));
    } catch (IOException | FaultException e) {
      LOG.log(Level.DEBUG, "cannot read realisation={0} why={1}", id.render(), e.getMessage());
      return Optional.empty();
    }
  }

  private boolean isPublic(StorePath output) throws IOException, FaultException {
    Optional<BinaryCache.Held> held = cache.held(output);
    return held.isPresent() && sharing.isPublic(held.get().narInfo());
  }
}
