package spindrift.blocks;

/** Whether garbage collection removes what it finds. */
public enum GcMode {
  COLLECT,
  /** Only say what would be removed. */
  DRY_RUN
}
