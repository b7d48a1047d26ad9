package spindrift.node;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import spindrift.base.Bytes;
import spindrift.base.ConfigException;
import spindrift.base.DurableFile;
import spindrift.base.FaultException;
import spindrift.base.MalformedDataException;
import spindrift.blocks.DirectoryLock;
import spindrift.blocks.DiskBlockStore;
import spindrift.blocks.DiskOptions;
import spindrift.catalog.BinaryCache;
import spindrift.catalog.Catalog;
import spindrift.catalog.Housekeeping;
import spindrift.catalog.OfferedFiles;
import spindrift.catalog.Sharing;
import spindrift.catalog.TrustPolicy;
import spindrift.catalog.Uploads;
import spindrift.nix.PublicKey;
import spindrift.nix.SecretKey;
import spindrift.nix.StoreDir;
import spindrift.p2p.Identity;
import spindrift.store.LocalStore;
import spindrift.store.LocalStores;

/**
 * What a node holds, opened: the folder with catalog and blocks, and the Nix store beside it. One
 * process at a time.
 */
public final class DataDirectory implements AutoCloseable {
  private static final int TOKEN_BYTES = 24;

  private final Path path;
  private final DirectoryLock lock;
  private final Optional<LocalStore> store;
  private final Catalog catalog;
  private final DiskBlockStore blocks;
  private final BinaryCache cache;
  private final Housekeeping housekeeping;
  private final Sharing sharing;
  private final TrustPolicy trust;

  private DataDirectory(
      Path path,
      DirectoryLock lock,
      Optional<LocalStore> store,
      Catalog catalog,
      DiskBlockStore blocks,
      BinaryCache cache,
      List<PublicKey> shareKeys,
      TrustPolicy trust) {
    this.path = path;
    this.lock = lock;
    this.store = store;
    this.catalog = catalog;
    this.blocks = blocks;
    this.cache = cache;
    this.housekeeping = new Housekeeping(catalog, blocks, store, cache);
    this.sharing = new Sharing(catalog, blocks, shareKeys);
    this.trust = trust;
  }

  /**
   * Opens or creates the data directory that a configuration names, and its store.
   *
   * @throws ConfigException when another process has it open, or the store cannot be opened
   */
  public static DataDirectory open(NodeConfig config) throws IOException, FaultException {
    Path path = config.data();
    try (Opening opening = new Opening()) {
      createPrivate(path);
      DirectoryLock lock = opening.add(DirectoryLock.acquire(path));
      Optional<LocalStore> store = LocalStores.open(config.store());
      store.ifPresent(opening::add);
      StoreDir storeDir = store.map(LocalStore::storeDir).orElse(StoreDir.DEFAULT);
      Catalog catalog = opening.add(Catalog.open(path, storeDir));
      DiskBlockStore blocks =
          opening.add(DiskBlockStore.open(path.resolve("blocks"), DiskOptions.DEFAULTS));
      TrustPolicy trust =
          config.rules().policy(config.trust(), config.upstreams().keys(), storeDir);
      Optional<SecretKey> key = Optional.empty();
      if (config.signKey().isPresent()) {
        key = Optional.of(readKey(config.signKey().get()));
      }
      BinaryCache cache = new BinaryCache(catalog, blocks, store, key);
      opening.succeeded();
      List<PublicKey> shareKeys = config.share().all(() -> List.of(KeySettings.nixosCache()));
      return new DataDirectory(path, lock, store, catalog, blocks, cache, shareKeys, trust);
    }
  }

  /**
   * The folder that the files of a configuration's store are in; empty where it has none.
   *
   * @throws ConfigException when the store cannot be opened
   */
  public static Optional<Path> storeFiles(NodeConfig config) throws ConfigException {
    Optional<LocalStore> store = LocalStores.open(config.store());
    store.ifPresent(LocalStore::close);
    return store.map(opened -> opened.layout().realStoreDir());
  }

  private static void createPrivate(Path path) throws IOException, ConfigException {
    try {
      Files.createDirectories(
          path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (IOException e) {
      String why = e instanceof AccessDeniedException ? "permission denied" : e.getMessage();
      throw new ConfigException(
          "data", path.toString(), "cannot be created (" + why + "); choose another");
    }
  }

  private static SecretKey readKey(Path file) throws ConfigException {
    try {
      return SecretKey.parse(Files.readString(file).strip());
    } catch (IOException e) {
      throw new ConfigException("sign-key", file.toString(), "cannot be read: " + e.getMessage());
    } catch (MalformedDataException e) {
      throw new ConfigException(
          "sign-key", file.toString(), e.getMessage() + "; 'spindrift key generate' makes one");
    }
  }

  /** The secret that uploaders have to send, made at the first call. */
  public String token() throws IOException {
    Path file = path.resolve("token");
    if (!Files.exists(file)) {
      byte[] secret = new byte[TOKEN_BYTES];
      new SecureRandom().nextBytes(secret);
      String token = Base64.getUrlEncoder().withoutPadding().encodeToString(secret);
      DurableFile.writeSecret(file, Bytes.utf8(token + "\n"));
    }
    return Files.readString(file).strip();
  }

  /**
   * The key pair by which peers know this node, made at the first call.
   *
   * @throws ConfigException when the file has no key pair, or others may read it
   */
  Identity identity() throws IOException, ConfigException {
    return Identity.open(path.resolve("identity"));
  }

  public Path path() {
    return path;
  }

  public Optional<LocalStore> store() {
    return store;
  }

  public StoreDir storeDir() {
    return catalog.storeDir();
  }

  public Catalog catalog() {
    return catalog;
  }

  public DiskBlockStore blocks() {
    return blocks;
  }

  public BinaryCache cache() {
    return cache;
  }

  public Uploads uploads() {
    return new Uploads(catalog, blocks, cache::isPresent);
  }

  /** Takes in files that are offered as sources. */
  OfferedFiles offeredFiles() {
    return new OfferedFiles(catalog, blocks);
  }

  /** What peers may have. */
  Sharing sharing() {
    return sharing;
  }

  /** What is believed of that which others say. */
  TrustPolicy trust() {
    return trust;
  }

  public Housekeeping housekeeping() {
    return housekeeping;
  }

  @Override
  public void close() throws IOException {
    try (Opening closing = new Opening()) {
      closing.add(lock);
      store.ifPresent(closing::add);
      closing.add(catalog);
      closing.add(blocks);
    }
  }
}
