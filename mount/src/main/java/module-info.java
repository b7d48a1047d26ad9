/** The store as a file system, contents on demand. */
@org.jspecify.annotations.NullMarked
module spindrift.mount {
  requires static org.jspecify;
  requires spindrift.dag;
  requires transitive spindrift.fuse;
  requires transitive spindrift.catalog;
  requires transitive spindrift.ipld;
  requires transitive spindrift.nix;
  requires transitive spindrift.base;

  exports spindrift.mount;
}
