package spindrift.nix;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.HexFormat;
import java.util.Optional;
import spindrift.base.Bytes;
import spindrift.base.KnownLibrary;
import spindrift.base.Libcrypto;
import spindrift.base.SystemLibrary;

/**
 * Ed25519 of the system's OpenSSL, where it has one: it needs a tenth of a millisecond from the
 * first signature on, where the JDK's takes some of them until it is compiled; and a closure has
 * hundreds. Safe for use by several threads.
 *
 * @see <a href="https://docs.openssl.org/3.0/man7/EVP_SIGNATURE-ED25519/">EVP_SIGNATURE-ED25519</a>
 */
final class LibcryptoEd25519 {
  /** {@code EVP_PKEY_ED25519}. */
  private static final int ED25519 = 1087;

  /** The second test of RFC 8032, 7.1. */
  private static final Bytes TRIAL_KEY =
      hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");

  private static final Bytes TRIAL_MESSAGE = hex("72");
  private static final Bytes TRIAL_SIGNATURE =
      hex(
          "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
              + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");

  private final MethodHandle newKey;
  private final MethodHandle freeKey;
  private final MethodHandle newContext;
  private final MethodHandle freeContext;
  private final MethodHandle begin;
  private final MethodHandle verify;

  private LibcryptoEd25519(SystemLibrary library) {
    this.newKey =
        library.function(
            "EVP_PKEY_new_raw_public_key",
            FunctionDescriptor.of(ADDRESS, JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG));
    this.freeKey = library.function("EVP_PKEY_free", FunctionDescriptor.ofVoid(ADDRESS));
    this.newContext = library.function("EVP_MD_CTX_new", FunctionDescriptor.of(ADDRESS));
    this.freeContext = library.function("EVP_MD_CTX_free", FunctionDescriptor.ofVoid(ADDRESS));
    this.begin =
        library.function(
            "EVP_DigestVerifyInit",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS));
    this.verify =
        library.function(
            "EVP_DigestVerify",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG));
  }

  /** Looked for when the first signature comes. */
  private static final class Found {
    static final Optional<LibcryptoEd25519> HERE =
        KnownLibrary.LIBCRYPTO.use(LibcryptoEd25519::tried);

    private Found() {}
  }

  /** That of this machine. */
  static Optional<LibcryptoEd25519> find() {
    return Found.HERE;
  }

  /** The library with this name, unless there is none that can be used. */
  static Optional<LibcryptoEd25519> load(String name) {
    return SystemLibrary.use(name, LibcryptoEd25519::tried);
  }

  private static LibcryptoEd25519 tried(SystemLibrary library) {
    LibcryptoEd25519 found = new LibcryptoEd25519(library);
    if (!found.works()) {
      throw new UnsupportedOperationException("it has no Ed25519");
    }
    return found;
  }

  /** Whether it can do this at all: a machine may be set up to allow only other algorithms. */
  private boolean works() {
    return verifies(TRIAL_KEY, TRIAL_MESSAGE, TRIAL_SIGNATURE)
        && !verifies(TRIAL_KEY, TRIAL_SIGNATURE, TRIAL_SIGNATURE);
  }

  /** Whether the signature is right; whatever else there is to say of it, or of the key, is no. */
  boolean verifies(Bytes key, Bytes message, Bytes signature) {
    if (key.size() != Ed25519.KEY_SIZE || signature.size() != Signature.SIZE) {
      return false;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment point =
          (MemorySegment)
              newKey.invokeExact(
                  ED25519, MemorySegment.NULL, in(arena, key), (long) Ed25519.KEY_SIZE);
      MemorySegment context = (MemorySegment) newContext.invokeExact();
      try {
        return verifies(context, point, in(arena, message), in(arena, signature));
      } finally {
        freeContext.invokeExact(context);
        freeKey.invokeExact(point);
      }
    } catch (Throwable e) {
      throw Libcrypto.unexpected(e);
    }
  }

  private boolean verifies(
      MemorySegment context, MemorySegment point, MemorySegment message, MemorySegment signature)
      throws Throwable {
    MemorySegment none = MemorySegment.NULL;
    if (point.equals(none) || context.equals(none)) {
      return false;
    }
    int begun = (int) begin.invokeExact(context, none, none, none, point);
    return begun == 1
        && (int)
                verify.invokeExact(
                    context, signature, signature.byteSize(), message, message.byteSize())
            == 1;
  }

  private static MemorySegment in(Arena arena, Bytes bytes) {
    return arena.allocateFrom(JAVA_BYTE, bytes.toArray());
  }

  private static Bytes hex(String text) {
    return Bytes.owning(HexFormat.of().parseHex(text));
  }
}
