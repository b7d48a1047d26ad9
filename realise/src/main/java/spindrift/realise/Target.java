package spindrift.realise;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import spindrift.base.AbsentException;
import spindrift.base.ConfigException;
import spindrift.base.FaultException;
import spindrift.base.MalformedDataException;
import spindrift.nix.PathInfo;
import spindrift.nix.StorePath;
import spindrift.store.DirectStore;
import spindrift.store.DirectStore.NarBytes;
import spindrift.store.DirectStore.Syncing;
import spindrift.store.LocalStore;
import spindrift.store.LocalStores;

/** The store that objects are put into. Safe for use by several threads. */
sealed interface Target extends AutoCloseable {
  /**
   * Opens the store that a setting names.
   *
   * @throws ConfigException when there is none
   */
  static Target open(String setting, Realiser.Way way) throws IOException, FaultException {
    LocalStore store =
        LocalStores.open(setting)
            .orElseThrow(
                () -> new ConfigException("store", setting, "there is no Nix store to write"));
    try {
      Optional<DirectStore> direct =
          switch (way) {
            case DIRECT_WHERE_ALLOWED -> LocalStores.openDirect(setting, Syncing.LATER);
            case SYNCED_WHERE_ALLOWED -> LocalStores.openDirect(setting, Syncing.FIRST);
            case DAEMON -> Optional.empty();
          };
      return direct.<Target>map(files -> new Direct(files, store)).orElse(new ByDaemon(store));
    } catch (IOException | FaultException | RuntimeException e) {
      store.close();
      throw e;
    }
  }

  /** What Nix knows of a path; empty where it is not valid. Valid or not, it stays as it is. */
  Optional<PathInfo> claim(StorePath path) throws IOException, FaultException;

  /** Whether the files of an object can be put in place before its references are valid. */
  boolean placesFirst(PathInfo info);

  /** Puts files in place; empty where the path is valid already. */
  Optional<DirectStore.Placed> place(PathInfo info, NarBytes nar)
      throws IOException, FaultException;

  /** Makes objects valid whose files are in place. */
  void register(List<DirectStore.Placed> placed) throws IOException, MalformedDataException;

  /** Adds an object whose references are valid. */
  void add(PathInfo info, NarBytes nar) throws IOException, FaultException;

  /** Whether signatures that a valid path lacks can be added. */
  boolean signs();

  void sign(PathInfo info) throws IOException, MalformedDataException;

  @Override
  void close() throws IOException;

  /** By writing files. */
  record Direct(DirectStore files, LocalStore store) implements Target {
    @Override
    public Optional<PathInfo> claim(StorePath path) throws IOException, FaultException {
      files.protect(List.of(path));
      return files.pathInfo(path);
    }

    /** Nix has no other way to register a content address than to take the NAR itself. */
    @Override
    public boolean placesFirst(PathInfo info) {
      return info.ca().isEmpty();
    }

    @Override
    public Optional<DirectStore.Placed> place(PathInfo info, NarBytes nar)
        throws IOException, FaultException {
      return files.place(info, nar);
    }

    @Override
    public void register(List<DirectStore.Placed> placed)
        throws IOException, MalformedDataException {
      files.register(placed);
    }

    @Override
    public void add(PathInfo info, NarBytes nar) throws IOException, FaultException {
      addTo(store, info, nar);
    }

    @Override
    public boolean signs() {
      return true;
    }

    @Override
    public void sign(PathInfo info) throws IOException, MalformedDataException {
      files.sign(info);
    }

    @Override
    public void close() throws IOException {
      try (store) {
        files.close();
      }
    }
  }

  /** By what Nix's daemon does for everybody. */
  record ByDaemon(LocalStore store) implements Target {
    @Override
    public Optional<PathInfo> claim(StorePath path) throws IOException, FaultException {
      try {
        // First a root: what is known of it after that stays true.
        store.protect(path);
      } catch (AbsentException e) {
        return Optional.empty();
      }
      return store.pathInfo(path);
    }

    @Override
    public boolean placesFirst(PathInfo info) {
      return false;
    }

    @Override
    public Optional<DirectStore.Placed> place(PathInfo info, NarBytes nar) {
      throw new IllegalStateException("the daemon places nothing");
    }

    @Override
    public void register(List<DirectStore.Placed> placed) {
      throw new IllegalStateException("the daemon places nothing");
    }

    @Override
    public void add(PathInfo info, NarBytes nar) throws IOException, FaultException {
      addTo(store, info, nar);
    }

    @Override
    public boolean signs() {
      return false;
    }

    @Override
    public void sign(PathInfo info) {
      throw new IllegalStateException("signatures are for the daemon to believe");
    }

    @Override
    public void close() {
      store.close();
    }
  }

  private static void addTo(LocalStore store, PathInfo info, NarBytes nar)
      throws IOException, FaultException {
    try (var in = nar.open()) {
      store.add(info, in);
    }
    store.protect(info.path());
  }
}
