package spindrift.base;

import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * The libraries that are used where the machine has them: the file that a property names, else what
 * the system's loader finds, else what {@link #lookAlso} knows of. Safe for use by several threads.
 */
public enum KnownLibrary {
  /** OpenSSL 3, whichever minor version. */
  LIBCRYPTO("spindrift.libcrypto", "libcrypto.so.3"),

  /** xz-utils 5. */
  LIBLZMA("spindrift.liblzma", "liblzma.so.5");

  private static final System.Logger LOG = System.getLogger(KnownLibrary.class.getName());

  private static volatile Function<String, List<Path>> elsewhere = _ -> List.of();

  /** Files that were loaded from there; from then on the loader finds them by their name, too. */
  private static final Map<KnownLibrary, String> LOADED = new ConcurrentHashMap<>();

  private final String property;
  private final String file;

  KnownLibrary(String property, String file) {
    this.property = property;
    this.file = file;
  }

  /** Of the property that names the library's file, or says {@value SystemLibrary#NONE}. */
  public String property() {
    return property;
  }

  /** Its usual name, which the system's loader finds in the usual folders. */
  public String file() {
    return file;
  }

  /**
   * Looks from now on elsewhere, too, for what the loader does not find.
   *
   * @param places files of a name that may be loaded into this process, the best first; is asked
   *     while others wait for the library, so it must use none
   */
  public static void lookAlso(Function<String, List<Path>> places) {
    elsewhere = places;
    LOADED.clear();
  }

  /**
   * What somebody makes of the library, unless there is none that can be used.
   *
   * @see SystemLibrary#use
   */
  public <T> Optional<T> use(Function<SystemLibrary, T> use) {
    return use(file, use);
  }

  /**
   * As {@link #use(Function)}.
   *
   * @param name that the loader is asked for
   */
  <T> Optional<T> use(String name, Function<SystemLibrary, T> use) {
    String named = System.getProperty(property, LOADED.get(this));
    return named != null
        ? SystemLibrary.use(named, use)
        : SystemLibrary.use(name, use).or(() -> useElsewhere(use));
  }

  private <T> Optional<T> useElsewhere(Function<SystemLibrary, T> use) {
    try {
      for (Path one : elsewhere.apply(file)) {
        Optional<T> made = SystemLibrary.use(one.toString(), use);
        if (made.isPresent()) {
          LOADED.put(this, one.toString());
          return made;
        }
      }
    } catch (RuntimeException e) {
      LOG.log(Level.DEBUG, "look library={0} why=\"{1}\"", file, e.getMessage());
    }
    return Optional.empty();
  }
}
