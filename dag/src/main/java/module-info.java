/** UnixFS DAGs over blocks: cut files into leaves, build, walk and read. */
@org.jspecify.annotations.NullMarked
module spindrift.dag {
  requires static org.jspecify;
  requires spindrift.base;

  exports spindrift.dag;
}
