/** HTTP for this machine's Nix and its owner: a binary cache and an IPFS gateway. */
@org.jspecify.annotations.NullMarked
module spindrift.server {
  requires static org.jspecify;
  requires transitive spindrift.base;
  requires transitive spindrift.catalog;
  requires spindrift.compression;
  requires spindrift.dag;
  requires spindrift.ipld;
  requires transitive spindrift.nix;
  requires transitive spindrift.substitute;
  requires spindrift.store;
  requires io.helidon.common.buffers;
  requires io.helidon.common.concurrency.limits;
  requires io.helidon.common.socket;
  requires io.helidon.http;
  requires io.helidon.http.encoding;
  requires io.helidon.webserver;
  requires org.apache.commons.compress;

  exports spindrift.server;
}
