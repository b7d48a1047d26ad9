/** Store objects as IPFS knows them: records, views, NARs rendered again. */
@org.jspecify.annotations.NullMarked
module spindrift.catalog {
  requires static org.jspecify;
  requires transitive spindrift.base;
  requires transitive spindrift.ipld;
  requires transitive spindrift.nix;
  requires transitive spindrift.blocks;
  requires transitive spindrift.dag;
  requires transitive spindrift.store;
  requires java.sql;
  requires org.xerial.sqlitejdbc;

  exports spindrift.catalog;
}
