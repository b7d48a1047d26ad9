package spindrift.substitute;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.catalog.BinaryCache;
import spindrift.catalog.BinaryCache.Held;
import spindrift.catalog.Catalog;
import spindrift.catalog.CatalogRecord;
import spindrift.catalog.Sharing;
import spindrift.catalog.Views;
import spindrift.nix.NarInfo;
import spindrift.nix.NixHash;
import spindrift.nix.StorePath;

/** What peers may know of the objects here. Safe for use by several threads. */
public final class PublicObjects {
  private static final System.Logger LOG = System.getLogger(PublicObjects.class.getName());

  /** Some kilobytes each: peers ask for a closure more than once, and for some at a time. */
  private static final int REMEMBERED = 4096;

  /** How long an object may outlive its path; what peers then ask for of it is absent. */
  private static final long REMEMBERED_NANOS = 5_000_000_000L;

  private final Catalog catalog;
  private final BinaryCache cache;
  private final Sharing sharing;
  private final Map<String, Remembered> remembered =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Remembered> eldest) {
          return size() > REMEMBERED;
        }
      };

  public PublicObjects(Catalog catalog, BinaryCache cache, Sharing sharing) {
    this.catalog = catalog;
    this.cache = cache;
    this.sharing = sharing;
  }

  /**
   * A public object.
   *
   * @param narInfo the text, with the node's own signature where it makes one
   * @param references without itself
   * @param narSize bytes
   * @param views where they are known and their blocks can be had
   */
  record PublicObject(
      StorePath path,
      Bytes narInfo,
      List<StorePath> references,
      long narSize,
      Optional<Views> views) {}

  /** An object and what must hold for it to be still good. */
  private record Remembered(PublicObject object, long until, long choices) {}

  /** The public object with this hash part. */
  Optional<PublicObject> find(String hashPart) throws IOException, FaultException {
    Optional<PublicObject> known = remembered(hashPart);
    return known.isPresent() ? known : remember(cache.held(hashPart));
  }

  /** The public object at this path. */
  Optional<PublicObject> find(StorePath path) throws IOException, FaultException {
    Optional<PublicObject> known = remembered(path.hashPart());
    return known.isPresent()
        ? known.filter(object -> object.path().equals(path))
        : remember(cache.held(path));
  }

  /** A public object in the catalog with this NAR. */
  Optional<PublicObject> find(NixHash narHash) throws IOException, FaultException {
    for (CatalogRecord record : catalog.findByNarHash(narHash)) {
      Optional<PublicObject> object = find(record.path());
      if (object.isPresent()) {
        return object;
      }
    }
    return Optional.empty();
  }

  /** A public object that is one file with this hash. */
  Optional<PublicObject> find(LookupRequest.Key.FlatHash flat) throws IOException, FaultException {
    for (StorePath path : cache.files().paths(flat.hash())) {
      Optional<PublicObject> object = find(path);
      if (object.isPresent()) {
        return object;
      }
    }
    return Optional.empty();
  }

  /** Makes a change of an object seen at once. */
  public void forget(String hashPart) {
    synchronized (remembered) {
      remembered.remove(hashPart);
    }
  }

  private Optional<PublicObject> remembered(String hashPart) {
    synchronized (remembered) {
      Remembered found = remembered.get(hashPart);
      return found != null
              && found.until - System.nanoTime() > 0
              && found.choices == sharing.choices()
          ? Optional.of(found.object)
          : Optional.empty();
    }
  }

  private Optional<PublicObject> remember(Optional<Held> held) throws IOException, FaultException {
    long choices = sharing.choices();
    if (held.isEmpty() || !sharing.isPublic(held.get().narInfo())) {
      return Optional.empty();
    }
    PublicObject object = describe(held.get());
    Remembered fresh = new Remembered(object, System.nanoTime() + REMEMBERED_NANOS, choices);
    synchronized (remembered) {
      remembered.put(object.path().hashPart(), fresh);
    }
    return Optional.of(object);
  }

  private PublicObject describe(Held held) throws IOException {
    NarInfo info = held.narInfo();
    NarInfo told =
        cache.sign(
            info.withPlainFile()
                .withoutExtraField(Views.NAR_FIELD)
                .withoutExtraField(Views.TREE_FIELD));
    return new PublicObject(
        info.path(),
        Bytes.utf8(told.render(catalog.storeDir())),
        info.references().stream().filter(path -> !path.equals(info.path())).toList(),
        info.narSize(),
        held.record().isPresent() ? views(held.record().get(), info) : Optional.empty());
  }

  private Optional<Views> views(CatalogRecord record, NarInfo info) throws IOException {
    try {
      // Missed until now, or signed in the local store since it was put.
      sharing.index(record.withNarInfo(info));
      return Optional.of(record.views());
    } catch (FaultException e) {
      LOG.log(Level.DEBUG, "no views path={0} reason=\"{1}\"", record.path(), e.getMessage());
      return Optional.empty();
    }
  }
}
