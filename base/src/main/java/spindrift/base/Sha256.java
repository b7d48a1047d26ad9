package spindrift.base;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * SHA-256: little by the JDK, much by the system's library where there is one. A call of that costs
 * as much as some hundred bytes, and to find it some tens of milliseconds.
 */
final class Sha256 extends MessageDigest {
  /** Ours. */
  private static final int LITTLE = 2048;

  private final Supplier<MessageDigest> java;
  private final Supplier<Optional<LibcryptoSha256>> system;
  private final byte[] collected = new byte[LITTLE];
  private int count;

  // At most one of both, and none while there is little.
  private LibcryptoSha256.@Nullable Running inSystem;
  private @Nullable MessageDigest inJava;

  /**
   * A digest of nothing yet.
   *
   * @param java makes one of the JDK's
   * @param system looked for when there is much
   */
  Sha256(Supplier<MessageDigest> java, Supplier<Optional<LibcryptoSha256>> system) {
    super("SHA-256");
    this.java = java;
    this.system = system;
  }

  @Override
  protected int engineGetDigestLength() {
    return LibcryptoSha256.SIZE;
  }

  @Override
  protected void engineUpdate(byte input) {
    engineUpdate(new byte[] {input}, 0, 1);
  }

  @Override
  protected void engineUpdate(byte[] input, int from, int length) {
    engineUpdate(ByteBuffer.wrap(input, from, length));
  }

  @Override
  protected void engineUpdate(ByteBuffer input) {
    int length = input.remaining();
    if (length > LITTLE - count) {
      hash(ByteBuffer.wrap(collected, 0, count));
      count = 0;
    }
    if (length >= LITTLE) {
      hash(input.slice());
      input.position(input.limit());
    } else {
      input.get(collected, count, length);
      count += length;
    }
  }

  private void hash(ByteBuffer input) {
    if (inSystem == null && inJava == null) {
      inSystem = system.get().map(LibcryptoSha256::begin).orElse(null);
    }
    if (inSystem == null) {
      inJava().update(input);
    } else {
      inSystem.update(input);
    }
  }

  private MessageDigest inJava() {
    if (inJava == null) {
      inJava = java.get();
    }
    return inJava;
  }

  @Override
  protected byte[] engineDigest() {
    ByteBuffer rest = ByteBuffer.wrap(collected, 0, count);
    byte[] hash;
    if (inSystem == null) {
      inJava().update(rest);
      hash = inJava().digest();
    } else {
      inSystem.update(rest);
      hash = inSystem.end();
    }
    engineReset();
    return hash;
  }

  @Override
  protected void engineReset() {
    count = 0;
    inSystem = null;
    inJava = null;
  }
}
