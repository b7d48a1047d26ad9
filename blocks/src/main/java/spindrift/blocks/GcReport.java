package spindrift.blocks;

/**
 * What a garbage collection did, or would do in a dry run.
 *
 * @param removed blocks
 * @param removedBytes the content of those
 * @param freedBytes by which the packs shrank; in a dry run the content of the removed blocks
 * @param packsDeleted files, of which some were written anew
 * @param referencesDropped leaves in store files that are gone; 0 in a dry run
 */
public record GcReport(
    long removed, long removedBytes, long freedBytes, int packsDeleted, long referencesDropped) {
  /** Both together, for a collection that took two turns. */
  public GcReport plus(GcReport next) {
    return new GcReport(
        removed + next.removed,
        removedBytes + next.removedBytes,
        freedBytes + next.freedBytes,
        packsDeleted + next.packsDeleted,
        referencesDropped + next.referencesDropped);
  }
}
