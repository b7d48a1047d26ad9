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
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Deque;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedDeque;

/**
 * SHA-256 of the system's OpenSSL, where it has one: as quick from the first byte on as the JDK's
 * becomes once it is compiled. Safe for use by several threads; what it makes is for one.
 *
 * @see <a href="https://docs.openssl.org/3.0/man3/EVP_DigestInit/">EVP_DigestInit</a>
 */
final class LibcryptoSha256 {
  private static final int SIZE = 32;
  private static final MemorySegment NONE = MemorySegment.NULL;

  /** Ours: how long nothing else of this process can be stopped is bounded, to a tenth of a ms. */
  private static final int MOST_AT_ONCE = 128 << 10;

  /** Ours: less is collected, since a call costs as much as some hundred bytes. */
  private static final int COLLECTED = 1024;

  private static final Linker.Option ON_ARRAYS = Linker.Option.critical(true);

  private final MemorySegment algorithm;
  private final MethodHandle newContext;
  private final MethodHandle freeContext;
  private final MethodHandle begin;
  private final MethodHandle update;
  private final MethodHandle end;

  /** Those that are not in use; as many as were at once. */
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
      throw unexpected(e);
    }
  }

  /** Looked for when something is hashed first. */
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
    // The second test of FIPS 180-4's examples.
    MessageDigest digest = found.digest();
    digest.update(
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"
            .getBytes(StandardCharsets.US_ASCII));
    byte[] expected =
        HexFormat.of().parseHex("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    if (!Arrays.equals(digest.digest(), expected)) {
      throw new UnsupportedOperationException("it has no SHA-256");
    }
    return found;
  }

  MessageDigest digest() {
    return new Running();
  }

  private final class Running extends MessageDigest {
    private final byte[] collected = new byte[COLLECTED];
    private int count;

    /** Null until there is too much to collect. */
    private MemorySegment context = NONE;

    Running() {
      super("SHA-256");
    }

    @Override
    protected int engineGetDigestLength() {
      return SIZE;
    }

    @Override
    protected void engineUpdate(byte input) {
      if (count == COLLECTED) {
        flush();
      }
      collected[count++] = input;
    }

    @Override
    protected void engineUpdate(byte[] input, int from, int length) {
      if (count + length > COLLECTED) {
        flush();
      }
      if (length >= COLLECTED) {
        hash(MemorySegment.ofArray(input).asSlice(from, length));
      } else {
        System.arraycopy(input, from, collected, count, length);
        count += length;
      }
    }

    @Override
    protected void engineUpdate(ByteBuffer input) {
      flush();
      hash(MemorySegment.ofBuffer(input));
      input.position(input.limit());
    }

    private void flush() {
      hash(MemorySegment.ofArray(collected).asSlice(0, count));
      count = 0;
    }

    private void hash(MemorySegment input) {
      try {
        begin();
        long size = input.byteSize();
        for (long at = 0; at < size; at += MOST_AT_ONCE) {
          long some = Math.min(size - at, MOST_AT_ONCE);
          require((int) update.invokeExact(context, input.asSlice(at, some), some));
        }
      } catch (Throwable e) {
        throw unexpected(e);
      }
    }

    private void begin() throws Throwable {
      if (context.equals(NONE)) {
        context = take();
        require((int) begin.invokeExact(context, algorithm, NONE));
      }
    }

    @Override
    protected byte[] engineDigest() {
      flush();
      byte[] hash = new byte[SIZE];
      try {
        require((int) end.invokeExact(context, MemorySegment.ofArray(hash), NONE));
      } catch (Throwable e) {
        throw unexpected(e);
      }
      engineReset();
      return hash;
    }

    @Override
    protected void engineReset() {
      count = 0;
      if (!context.equals(NONE)) {
        contexts.push(context);
        context = NONE;
      }
    }
  }

  private MemorySegment take() throws Throwable {
    MemorySegment free = contexts.poll();
    if (free != null) {
      return free;
    }
    MemorySegment made = (MemorySegment) newContext.invokeExact();
    if (made.equals(NONE)) {
      throw new OutOfMemoryError("no memory for a digest");
    }
    return SystemLibrary.owned(made, Arena.ofAuto(), this::free);
  }

  private void free(MemorySegment context) {
    try {
      freeContext.invokeExact(context);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  private static void require(int done) {
    if (done != 1) {
      throw new IllegalStateException("libcrypto refuses to go on");
    }
  }

  private static IllegalStateException unexpected(Throwable e) {
    return new IllegalStateException("a call of libcrypto failed", e);
  }
}
