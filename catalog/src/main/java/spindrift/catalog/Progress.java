package spindrift.catalog;

/** Is told how far long work has come. Called by any thread. */
@FunctionalInterface
public interface Progress {
  /** Nobody looks. */
  Progress NONE = (done, total, what) -> {};

  /**
   * @param done bytes so far
   * @param total bytes in all
   * @param what is being worked on, for people
   */
  void report(long done, long total, String what);
}
