/** Store objects put into the local Nix store, without a NAR in between where that is allowed. */
@org.jspecify.annotations.NullMarked
module spindrift.realise {
  requires static org.jspecify;
  requires transitive spindrift.base;
  requires transitive spindrift.nix;
  requires spindrift.store;

  exports spindrift.realise;
}
