package spindrift.base;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Deque;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedDeque;

/**
 * SHA-256 of the system's OpenSSL, where it has one: from the first byte on as quick as the JDK's
 * becomes once it is compiled, and a tenth quicker than that. Safe for use by several threads.
 *
 * @see <a href="https://docs.openssl.org/3.0/man3/EVP_DigestInit/">EVP_DigestInit</a>
 */
final class LibcryptoSha256 {
  static final int SIZE = 32;

  private static final MemorySegment NONE = MemorySegment.NULL;

  /** Ours: the garbage collector waits for a call, so that it is to take a tenth of a ms. */
  private static final int MOST_AT_ONCE = 128 << 10;

  /** Arrays are handed over as they are, which takes no copy. */
  private static final Linker.Option ON_ARRAYS = Linker.Option.critical(true);

  private final MemorySegment algorithm;
  private final MethodHandle newContext;
  private final MethodHandle freeContext;
  private final MethodHandle begin;
  private final MethodHandle update;
  private final MethodHandle end;

  /** Those that are not in use: as many as were in use at once. */
  private final Deque<MemorySegment> contexts = new ConcurrentLinkedDeque<>();

  private LibcryptoSha256(SystemLibrary library) {
    FunctionDescriptor made = FunctionDescriptor.of(ADDRESS);
    this.newContext = library.function("EVP_MD_CTX_new", made);
    this.freeContext = library.function("EVP_MD_CTX_free", FunctionDescriptor.ofVoid(ADDRESS));
    this.begin =
        library.function(
            "EVP_DigestInit_ex", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS));
    this.update =
        library.function(
            "EVP_DigestUpdate",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG),
            ON_ARRAYS);
    this.end =
        library.function(
            "EVP_DigestFinal_ex",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS),
            ON_ARRAYS);
    try {
      this.algorithm = (MemorySegment) library.function("EVP_sha256", made).invokeExact();
    } catch (Throwable e) {
      throw Libcrypto.unexpected(e);
    }
  }

  /** Looked for when there is much to hash. */
  private static final class Found {
    static final Optional<LibcryptoSha256> HERE =
        KnownLibrary.LIBCRYPTO.use(LibcryptoSha256::tried);

    private Found() {}
  }

  /** That of this machine. */
  static Optional<LibcryptoSha256> find() {
    return Found.HERE;
  }

  /** The library with this name, unless there is none that can be used. */
  static Optional<LibcryptoSha256> load(String name) {
    return SystemLibrary.use(name, LibcryptoSha256::tried);
  }

  private static LibcryptoSha256 tried(SystemLibrary library) {
    LibcryptoSha256 found = new LibcryptoSha256(library);
    // The first example of FIPS 180-4.
    Running digest = found.begin();
    digest.update(ByteBuffer.wrap(new byte[] {'a', 'b', 'c'}));
    String expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    if (!Arrays.equals(digest.end(), HexFormat.of().parseHex(expected))) {
      throw new UnsupportedOperationException("it has no SHA-256");
    }
    return found;
  }

  /** A digest of nothing yet; for one thread. */
  Running begin() {
    return new Running();
  }

  /** What is being hashed; not to be used once it has ended. */
  final class Running {
    private final MemorySegment context;

    private Running() {
      try {
        context = take();
        Libcrypto.require((int) begin.invokeExact(context, algorithm, NONE) == 1);
      } catch (Throwable e) {
        throw Libcrypto.unexpected(e);
      }
    }

    /** Takes all that the buffer has left, and leaves its position as it is. */
    void update(ByteBuffer input) {
      MemorySegment all = MemorySegment.ofBuffer(input);
      try {
        for (long at = 0; at < all.byteSize(); at += MOST_AT_ONCE) {
          long some = Math.min(all.byteSize() - at, MOST_AT_ONCE);
          Libcrypto.require((int) update.invokeExact(context, all.asSlice(at, some), some) == 1);
        }
      } catch (Throwable e) {
        throw Libcrypto.unexpected(e);
      }
    }

    /** The hash. */
    byte[] end() {
      byte[] hash = new byte[SIZE];
      try {
        Libcrypto.require((int) end.invokeExact(context, MemorySegment.ofArray(hash), NONE) == 1);
      } catch (Throwable e) {
        throw Libcrypto.unexpected(e);
      }
      contexts.push(context);
      return hash;
    }
  }

  private MemorySegment take() {
    MemorySegment unused = contexts.poll();
    return unused != null ? unused : Libcrypto.context(newContext, freeContext, Arena.ofAuto());
  }
}
