/** Where store objects come from when they are not here: peers. */
@org.jspecify.annotations.NullMarked
module spindrift.substitute {
  requires static org.jspecify;
  requires transitive spindrift.catalog;
  requires transitive spindrift.exchange;
  requires transitive spindrift.http;
  requires transitive spindrift.upstream;
  requires transitive spindrift.p2p;
  requires transitive spindrift.ipld;
  requires transitive spindrift.nix;
  requires transitive spindrift.dag;
  requires transitive spindrift.blocks;
  requires transitive spindrift.store;
  requires transitive spindrift.base;
  requires java.sql;
  requires org.xerial.sqlitejdbc;

  exports spindrift.substitute;
}
