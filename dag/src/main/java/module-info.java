/** UnixFS DAGs over blocks: cut, laid out, written and read. */
@org.jspecify.annotations.NullMarked
module spindrift.dag {
  requires static org.jspecify;
  requires transitive spindrift.base;
  requires transitive spindrift.ipld;

  exports spindrift.dag;
}
