package spindrift.testkit;

import java.util.Random;
import java.util.random.RandomGenerator;
import spindrift.base.Bytes;

/**
 * Random input that can be had again: each trial has a seed, a failure names it, and {@code
 * -Dseed=…} runs that trial alone.
 */
public final class Seeds {
  private static final String PROPERTY = "seed";

  private Seeds() {}

  /** One trial of a property; it fails by throwing. */
  @FunctionalInterface
  public interface Trial {
    void run(RandomGenerator random) throws Exception;
  }

  /**
   * Runs trials, each with a seed of its own, or the one that the system property {@code seed}
   * names.
   *
   * @throws AssertionError when a trial throws; the message has its seed
   */
  public static void forEach(int trials, Trial trial) {
    String replayed = System.getProperty(PROPERTY);
    if (replayed != null) {
      run(Long.parseLong(replayed), trial);
      return;
    }
    long first = System.nanoTime();
    for (int i = 0; i < trials; i++) {
      run(first + i, trial);
    }
  }

  private static void run(long seed, Trial trial) {
    try {
      trial.run(new Random(seed));
    } catch (Exception | AssertionError e) {
      throw new AssertionError("failed; replay with -D" + PROPERTY + "=" + seed, e);
    }
  }

  /** So many random bytes. */
  public static Bytes bytes(RandomGenerator random, int size) {
    byte[] bytes = new byte[size];
    random.nextBytes(bytes);
    return Bytes.owning(bytes);
  }

  /** From none to {@code maxSize} random bytes, short ones as likely as long ones. */
  public static Bytes someBytes(RandomGenerator random, int maxSize) {
    return bytes(random, random.nextInt(random.nextInt(maxSize + 1) + 1));
  }
}
