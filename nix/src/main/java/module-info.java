/** The formats of Nix: store paths, NARs, narinfos, signatures, derivations, realisations. */
@org.jspecify.annotations.NullMarked
module spindrift.nix {
  requires static org.jspecify;
  requires transitive spindrift.base;

  exports spindrift.nix;
}
