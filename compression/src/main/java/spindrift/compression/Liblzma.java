package spindrift.compression;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import spindrift.base.KnownLibrary;
import spindrift.base.SystemLibrary;

/**
 * The system's own xz decoder, where it has one: it needs half to three quarters of the processor
 * time that the one in Java does. Safe for use by several threads.
 *
 * @see <a href="https://github.com/tukaani-project/xz/blob/v5.4.1/src/liblzma/api/lzma/base.h">The
 *     interface, stable since 5.0</a>
 */
final class Liblzma {
  /** What {@code lzma_code} is to do. */
  static final int RUN = 0;

  static final int FINISH = 3;

  /** What {@code lzma_code} answers. */
  static final int OK = 0;

  static final int STREAM_END = 1;
  static final int OUT_OF_MEMORY = 5;
  static final int MEMORY_LIMIT = 6;
  static final int NO_PROGRESS = 10;

  /** Several streams behind one another are one file. */
  private static final int CONCATENATED = 8;

  private final MethodHandle decoder;
  private final MethodHandle code;
  private final MethodHandle memory;
  private final MethodHandle end;

  private Liblzma(SystemLibrary library) {
    this.decoder =
        library.function(
            "lzma_stream_decoder", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
    this.code = library.function("lzma_code", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
    this.memory = library.function("lzma_memusage", FunctionDescriptor.of(JAVA_LONG, ADDRESS));
    this.end = library.function("lzma_end", FunctionDescriptor.ofVoid(ADDRESS));
  }

  /** Looked for when the first xz file comes. */
  private static final class Found {
    static final Optional<Liblzma> HERE = KnownLibrary.LIBLZMA.use(Liblzma::new);

    private Found() {}
  }

  /** That of this machine. */
  static Optional<Liblzma> find() {
    return Found.HERE;
  }

  /** The library with this name, unless there is none that can be used. */
  static Optional<Liblzma> load(String name) {
    return SystemLibrary.use(name, Liblzma::new);
  }

  /** Makes a stream, all zeros before, decode xz files within so many bytes. */
  int begin(MemorySegment stream, long limit) {
    try {
      return (int) decoder.invokeExact(stream, limit, CONCATENATED);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  int code(MemorySegment stream, int action) {
    try {
      return (int) code.invokeExact(stream, action);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** Bytes that the file asks for, after {@link #MEMORY_LIMIT}. */
  long memory(MemorySegment stream) {
    try {
      return (long) memory.invokeExact(stream);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** Gives the decoder's memory back. */
  void end(MemorySegment stream) {
    try {
      end.invokeExact(stream);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  private static IllegalStateException unexpected(Throwable thrown) {
    return new IllegalStateException("a call of liblzma failed", thrown);
  }
}
