/** The Nix store on this machine: which objects are valid, what Nix knows of them, their files. */
@org.jspecify.annotations.NullMarked
module spindrift.store {
  requires static org.jspecify;
  requires transitive spindrift.base;
  requires transitive spindrift.nix;
  requires java.sql;
  requires org.xerial.sqlitejdbc;

  exports spindrift.store;
}
