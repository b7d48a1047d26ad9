/** Values, bounded readers, digests, multiformats and faults that every other room builds on. */
@org.jspecify.annotations.NullMarked
module spindrift.base {
  requires static org.jspecify;

  exports spindrift.base;
}
