/** Binary caches by others: HTTP caches and folders that are laid out as one. */
@org.jspecify.annotations.NullMarked
module spindrift.upstream {
  requires static org.jspecify;
  requires spindrift.compression;
  requires transitive spindrift.http;
  requires transitive spindrift.nix;
  requires transitive spindrift.base;

  exports spindrift.upstream;
}
