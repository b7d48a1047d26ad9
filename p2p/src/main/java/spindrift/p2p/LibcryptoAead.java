package spindrift.p2p;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Optional;
import spindrift.base.Bytes;
import spindrift.base.KnownLibrary;
import spindrift.base.Libcrypto;
import spindrift.base.SystemLibrary;

/**
 * That of the system's OpenSSL, where it has one: some five times as quick as the JDK's on
 * processors without AVX-512, and so from the first byte on. Safe for use by several threads.
 *
 * @see <a href="https://docs.openssl.org/3.0/man3/EVP_EncryptInit/">EVP_EncryptInit</a>
 */
final class LibcryptoAead {
  /** {@code EVP_CTRL_AEAD_GET_TAG}. */
  private static final int GET_TAG = 0x10;

  /** {@code EVP_CTRL_AEAD_SET_TAG}. */
  private static final int SET_TAG = 0x11;

  private static final int DECRYPT = 0;
  private static final int ENCRYPT = 1;
  private static final MemorySegment NONE = MemorySegment.NULL;

  /**
   * Arrays are handed over as they are, which takes no copy. The garbage collector waits for such a
   * call, so that each has to be short: a frame takes some tens of microseconds.
   */
  private static final Linker.Option ON_ARRAYS = Linker.Option.critical(true);

  private final MemorySegment algorithm;
  private final MethodHandle newContext;
  private final MethodHandle freeContext;
  private final MethodHandle keyed;
  private final MethodHandle begin;
  private final MethodHandle update;
  private final MethodHandle end;
  private final MethodHandle control;

  private LibcryptoAead(SystemLibrary library) {
    FunctionDescriptor made = FunctionDescriptor.of(ADDRESS);
    this.newContext = library.function("EVP_CIPHER_CTX_new", made);
    this.freeContext = library.function("EVP_CIPHER_CTX_free", FunctionDescriptor.ofVoid(ADDRESS));
    FunctionDescriptor init =
        FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, JAVA_INT);
    this.keyed = library.function("EVP_CipherInit_ex", init);
    this.begin = library.function("EVP_CipherInit_ex", init, ON_ARRAYS);
    this.update =
        library.function(
            "EVP_CipherUpdate",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS, JAVA_INT),
            ON_ARRAYS);
    this.end =
        library.function(
            "EVP_CipherFinal_ex",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS),
            ON_ARRAYS);
    this.control =
        library.function(
            "EVP_CIPHER_CTX_ctrl",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS),
            ON_ARRAYS);
    try {
      this.algorithm =
          (MemorySegment) library.function("EVP_chacha20_poly1305", made).invokeExact();
    } catch (Throwable e) {
      throw Libcrypto.unexpected(e);
    }
  }

  /** Looked for when the first connection comes. */
  private static final class Found {
    static final Optional<LibcryptoAead> HERE = KnownLibrary.LIBCRYPTO.use(LibcryptoAead::tried);

    private Found() {}
  }

  /** That of this machine. */
  static Optional<LibcryptoAead> find() {
    return Found.HERE;
  }

  /** The library with this name, unless there is none that can be used. */
  static Optional<LibcryptoAead> load(String name) {
    return SystemLibrary.use(name, LibcryptoAead::tried);
  }

  private static LibcryptoAead tried(SystemLibrary library) {
    LibcryptoAead found = new LibcryptoAead(library);
    if (!found.works()) {
      throw new UnsupportedOperationException("it has no ChaCha20-Poly1305");
    }
    return found;
  }

  /** Whether it can do this at all: a machine may be set up to allow only other algorithms. */
  private boolean works() {
    // What the JDK makes of a text of zeros.
    byte[] expected =
        HexFormat.of().parseHex("9f07e7be5551387a98ba977c732d080dc34a88047320f52aa2c6683ef8084d2f");
    byte[] out = new byte[expected.length];
    byte[] nonce = new byte[Aead.NONCE_BYTES];
    Aead aead = under(Bytes.owning(new byte[Aead.KEY_BYTES]));
    int size = aead.seal(nonce, Bytes.EMPTY, new byte[16], 0, 16, out, 0);
    return size == out.length
        && Arrays.equals(out, expected)
        && aead.open(nonce, Bytes.EMPTY, out, 0, size, out, 0) == 16
        && Arrays.equals(out, 0, 16, new byte[16], 0, 16);
  }

  /** One with a key of its own. */
  Aead under(Bytes key) {
    return new Keyed(key);
  }

  private final class Keyed implements Aead {
    /** With what it needs freed when nobody has it any more; OpenSSL erases the key then. */
    private final MemorySegment context;

    private final MemorySegment written;
    private final byte[] tag = new byte[TAG_BYTES];

    Keyed(Bytes key) {
      Arena arena = Arena.ofAuto();
      this.written = arena.allocate(JAVA_INT);
      this.context = Libcrypto.context(newContext, freeContext, arena);
      try (Arena passing = Arena.ofConfined()) {
        MemorySegment secret = passing.allocateFrom(JAVA_BYTE, key.toArray());
        Libcrypto.require(
            (int) keyed.invokeExact(context, algorithm, NONE, secret, NONE, ENCRYPT) == 1);
        secret.fill((byte) 0);
      } catch (Throwable e) {
        throw Libcrypto.unexpected(e);
      }
    }

    @Override
    public int seal(
        byte[] nonce, Bytes associated, byte[] text, int from, int length, byte[] out, int at) {
      Objects.checkFromIndexSize(at, length + TAG_BYTES, out.length);
      try {
        begin(nonce, associated, ENCRYPT);
        update(slice(out, at, length), slice(text, from, length));
        Libcrypto.require((int) end.invokeExact(context, slice(out, at + length, 0), written) == 1);
        Libcrypto.require(
            (int)
                    control.invokeExact(
                        context, GET_TAG, TAG_BYTES, slice(out, at + length, TAG_BYTES))
                == 1);
        return length + TAG_BYTES;
      } catch (Throwable e) {
        throw Libcrypto.unexpected(e);
      }
    }

    @Override
    public int open(
        byte[] nonce, Bytes associated, byte[] text, int from, int length, byte[] out, int at) {
      int size = length - TAG_BYTES;
      // What is written over may be where it stands.
      System.arraycopy(text, from + size, tag, 0, TAG_BYTES);
      try {
        begin(nonce, associated, DECRYPT);
        Libcrypto.require(
            (int) control.invokeExact(context, SET_TAG, TAG_BYTES, slice(tag, 0, TAG_BYTES)) == 1);
        update(slice(out, at, size), slice(text, from, size));
        int right = (int) end.invokeExact(context, slice(out, at + size, 0), written);
        if (right != 1) {
          Arrays.fill(out, at, at + size, (byte) 0);
          return -1;
        }
        return size;
      } catch (Throwable e) {
        throw Libcrypto.unexpected(e);
      }
    }

    private void begin(byte[] nonce, Bytes associated, int mode) throws Throwable {
      Libcrypto.require(
          (int) begin.invokeExact(context, NONE, NONE, NONE, slice(nonce, 0, NONCE_BYTES), mode)
              == 1);
      if (!associated.isEmpty()) {
        update(NONE, MemorySegment.ofArray(associated.toArray()));
      }
    }

    private void update(MemorySegment out, MemorySegment in) throws Throwable {
      if (in.byteSize() > 0) {
        Libcrypto.require(
            (int) update.invokeExact(context, out, written, in, (int) in.byteSize()) == 1);
      }
    }
  }

  private static MemorySegment slice(byte[] array, int from, int length) {
    return MemorySegment.ofArray(array).asSlice(from, length);
  }
}
