/** Where blocks live: packs on disk, references into store files, pins and the space they hold. */
@org.jspecify.annotations.NullMarked
module spindrift.blocks {
  requires static org.jspecify;
  requires transitive spindrift.ipld;
  requires java.sql;
  requires org.xerial.sqlitejdbc;

  exports spindrift.blocks;
}
