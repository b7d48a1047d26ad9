/**
 * The Linux kernel's FUSE protocol, spoken directly: read-only file systems made of Java objects.
 */
@org.jspecify.annotations.NullMarked
module spindrift.fuse {
  requires static org.jspecify;
  requires transitive spindrift.base;

  exports spindrift.fuse;
}
