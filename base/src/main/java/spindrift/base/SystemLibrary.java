package spindrift.base;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A library of this machine that is not written in Java, for what Java can do as well, but slower:
 * nobody may depend on its being there. Safe for use by several threads.
 */
@SuppressWarnings("restricted") // callers give the types of the headers; the start script allows it
public final class SystemLibrary {
  /** In place of a name: the one in Java is to be used. */
  public static final String NONE = "none";

  private static final System.Logger LOG = System.getLogger(SystemLibrary.class.getName());

  private final String name;
  private final SymbolLookup functions;

  private SystemLibrary(String name, SymbolLookup functions) {
    this.name = name;
    this.functions = functions;
  }

  /**
   * What somebody makes of a library, unless there is none that can be used: no file of this name,
   * one without the functions looked for, a Java that may not call it, or a machine whose {@code
   * long} is not that of Java.
   *
   * @param name of its file, as the system's loader finds it, or {@link #NONE}
   * @param use throws a {@link RuntimeException} where the library will not do
   */
  public static <T> Optional<T> use(String name, Function<SystemLibrary, T> use) {
    if (name.equals(NONE) || ADDRESS.byteSize() != JAVA_LONG.byteSize()) {
      return Optional.empty();
    }
    try {
      SymbolLookup functions = SymbolLookup.libraryLookup(name, Arena.global());
      return Optional.of(use.apply(new SystemLibrary(name, functions)));
    } catch (RuntimeException e) {
      LOG.log(Level.DEBUG, "use library={0} instead=java why=\"{1}\"", name, e.getMessage());
      return Optional.empty();
    }
  }

  /** Of its file, as it was asked for. */
  public String name() {
    return name;
  }

  /**
   * One of its functions.
   *
   * @throws java.util.NoSuchElementException where it has none of that name
   */
  public MethodHandle function(String name, FunctionDescriptor types, Linker.Option... options) {
    return Linker.nativeLinker().downcallHandle(functions.findOrThrow(name), types, options);
  }

  /**
   * What a function has made, to be given back to the library when the arena ends.
   *
   * @param free is called once, on any thread
   */
  static MemorySegment owned(MemorySegment made, Arena arena, Consumer<MemorySegment> free) {
    return made.reinterpret(arena, free);
  }
}
