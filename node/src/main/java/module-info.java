/** A node put together: configuration, wiring, life cycle, operations. */
@org.jspecify.annotations.NullMarked
module spindrift.node {
  requires static org.jspecify;
  requires transitive spindrift.base;
  requires transitive spindrift.nix;
  requires java.net.http;
  requires spindrift.blocks;
  requires transitive spindrift.catalog;
  requires spindrift.store;
  requires spindrift.dag;
  requires transitive spindrift.mount;
  requires spindrift.compression;
  requires spindrift.exchange;
  requires spindrift.http;
  requires spindrift.ipld;
  requires transitive spindrift.p2p;
  requires spindrift.server;
  requires spindrift.substitute;
  requires transitive spindrift.upstream;
  requires org.tomlj;

  exports spindrift.node;
}
