package spindrift.catalog;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import spindrift.base.Bytes;
import spindrift.base.Digests;
import spindrift.base.FaultException;
import spindrift.blocks.BlockReader;
import spindrift.catalog.Catalog.Put;
import spindrift.catalog.SharedObjects.Choice;
import spindrift.catalog.SharedObjects.Noted;
import spindrift.ipld.Cid;
import spindrift.nix.NarInfo;
import spindrift.nix.PublicKey;
import spindrift.nix.StorePath;

/**
 * Which objects and blocks peers may have. An object is public when a key of {@code share.keys}
 * signed it, or its owner shared it by name; never when its owner unshared it. A block is public
 * when it belongs to a view of a public object in the catalog, whatever private object it belongs
 * to as well.
 *
 * <p>From its construction on it is told of each record that the catalog gets, and notes the
 * record's blocks. What it missed, such as records from before there was sharing or from before a
 * crash, is private until {@link #catchUp} has found it. Safe for use by several threads.
 */
public final class Sharing {
  private static final System.Logger LOG = System.getLogger(Sharing.class.getName());

  /** Why an object is public that its owner shared; no key has a blank text. */
  private static final String BY_OWNER = "";

  /** Ours: closures of some thousand paths asked for again and again; 150 bytes each. */
  private static final int REMEMBERED = 16_384;

  /** Ours: digests noted in one transaction, some ten thousand blocks. */
  private static final int BATCH_BYTES = 256 << 10;

  private final Catalog catalog;
  private final BlockReader blocks;
  private final List<PublicKey> shareKeys;
  private final SharedObjects objects;

  /** Why objects are public, by what was signed and the signatures; guarded by itself. */
  private final Map<Bytes, Optional<String>> reasons =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Bytes, Optional<String>> eldest) {
          return size() > REMEMBERED;
        }
      };

  /** Counts the owner's choices; changed under the lock of {@code reasons}. */
  private volatile long choices;

  /**
   * @param shareKeys whoever has these says what is public
   */
  public Sharing(Catalog catalog, BlockReader blocks, List<PublicKey> shareKeys) {
    this.catalog = catalog;
    this.blocks = blocks;
    this.shareKeys = List.copyOf(shareKeys);
    this.objects =
        catalog.sharedObjects(
            Stream.concat(Stream.of(BY_OWNER), shareKeys.stream().map(PublicKey::render)).toList());
    catalog.tell(this::indexAll);
  }

  /** Whether peers may know of an object. */
  public boolean isPublic(NarInfo info) throws IOException {
    return reason(info).isPresent();
  }

  /** What made an object public or private, for its owner to see. */
  public sealed interface Ground {
    /** Public by a key of {@code share.keys}. */
    record Signed(String keyName) implements Ground {}

    /** Private, since nobody with such a key has signed it. */
    record Unsigned() implements Ground {}

    /** Public, since its owner shared it. */
    record Shared() implements Ground {}

    /** Private, since its owner unshared it. */
    record Unshared() implements Ground {}
  }

  /** Why peers may know of an object, or may not. */
  public Ground ground(NarInfo info) throws IOException {
    Optional<Choice> choice = objects.choice(info.path());
    if (choice.isPresent()) {
      return switch (choice.get()) {
        case SHARED -> new Ground.Shared();
        case UNSHARED -> new Ground.Unshared();
      };
    }
    return info.signers(catalog.storeDir(), shareKeys).stream()
        .findFirst()
        .<Ground>map(key -> new Ground.Signed(key.name()))
        .orElseGet(Ground.Unsigned::new);
  }

  /** Whether a block belongs to a public object in the catalog; one inside its CID never does. */
  public boolean isPublic(Cid cid) throws IOException {
    return cid.isSha256() && objects.hasBlock(cid);
  }

  /** Makes objects public whoever signed them; they need not be here. */
  public void share(Collection<StorePath> paths) throws IOException, FaultException {
    choose(paths, Choice.SHARED);
    for (StorePath path : paths) {
      Optional<CatalogRecord> record = catalog.find(path);
      if (record.isPresent()) {
        index(record.get());
      }
    }
  }

  /** Makes objects private whoever signed them; they need not be here. */
  public void unshare(Collection<StorePath> paths) throws IOException {
    choose(paths, Choice.UNSHARED);
  }

  /**
   * How often the owner chose since the start: what was found to be public before a choice may be
   * private after it.
   */
  public long choices() {
    return choices;
  }

  private void choose(Collection<StorePath> paths, Choice choice) throws IOException {
    objects.choose(paths, choice);
    synchronized (reasons) {
      choices++;
      reasons.clear();
    }
  }

  /**
   * Notes the blocks of a record's views, if it is public and they are not noted yet. What the
   * catalog gets is noted without this.
   */
  public void index(CatalogRecord record) throws IOException, FaultException {
    Optional<Noted> noted = noted(unread(record));
    if (noted.isPresent()) {
      objects.note(List.of(noted.get()));
    }
  }

  /**
   * Notes the blocks of all public records that were missed, and cleans up behind those that are
   * public no more. Takes as long as reading the nodes of what was missed.
   *
   * @param pace is asked before each record
   */
  public void catchUp(Pace pace) throws IOException {
    for (List<CatalogRecord> page = catalog.pageAfter("");
        !page.isEmpty();
        page = catalog.pageAfter(page.getLast().path().hashPart())) {
      for (CatalogRecord record : page) {
        pace.step();
        indexAll(List.of(unread(record)));
      }
    }
    catalog.sweepSharedBlocks();
  }

  private static Put unread(CatalogRecord record) {
    return new Put(record, Optional.empty());
  }

  private void indexAll(List<Put> puts) {
    List<Noted> found = new ArrayList<>();
    long bytes = 0;
    for (Put put : puts) {
      try {
        Optional<Noted> noted = noted(put);
        if (noted.isPresent()) {
          found.add(noted.get());
          bytes += noted.get().digests().size();
        }
      } catch (IOException | FaultException e) {
        LOG.log(
            Level.WARNING,
            "not shared path={0} reason=\"{1}\"",
            put.record().path(),
            e.getMessage());
      }
      if (bytes > BATCH_BYTES) {
        note(found);
        found.clear();
        bytes = 0;
      }
    }
    note(found);
  }

  private void note(List<Noted> found) {
    try {
      if (!found.isEmpty()) {
        objects.note(found);
      }
    } catch (IOException e) {
      LOG.log(Level.WARNING, "not shared records={0} reason=\"{1}\"", found.size(), e.getMessage());
    }
  }

  private Optional<Noted> noted(Put put) throws IOException, FaultException {
    CatalogRecord record = put.record();
    Optional<String> reason = reason(record.narInfo());
    if (reason.isEmpty() || objects.isNoted(record)) {
      return Optional.empty();
    }
    ViewBlocks found = put.blocks().isPresent() ? put.blocks().get() : walk(record);
    return Optional.of(new Noted(record, reason.get(), found.digests()));
  }

  private ViewBlocks walk(CatalogRecord record) throws IOException, FaultException {
    ViewBlocks found = new ViewBlocks();
    record.views().blocks(blocks).forEach(found::add);
    return found;
  }

  /** Why an object is public: the key that signed it, or its owner; empty where it is private. */
  private Optional<String> reason(NarInfo info) throws IOException {
    Bytes key = remembered(info);
    long before;
    synchronized (reasons) {
      Optional<String> known = reasons.get(key);
      if (known != null) {
        return known;
      }
      before = choices;
    }
    Optional<Choice> choice = objects.choice(info.path());
    Optional<String> reason =
        choice.isEmpty()
            ? info.signers(catalog.storeDir(), shareKeys).stream()
                .map(PublicKey::render)
                .findFirst()
            : choice.filter(Choice.SHARED::equals).map(shared -> BY_OWNER);
    synchronized (reasons) {
      if (choices == before) {
        reasons.put(key, reason);
      }
    }
    return reason;
  }

  private Bytes remembered(NarInfo info) {
    String signatures = "\n" + String.join("\n", info.signatureLines());
    return Digests.sha256(info.fingerprint(catalog.storeDir()).concat(Bytes.utf8(signatures)));
  }
}
