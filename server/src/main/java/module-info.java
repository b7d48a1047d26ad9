/** HTTP for this machine's Nix and its owner: one server, and bodies made of memory and files. */
@org.jspecify.annotations.NullMarked
module spindrift.server {
  requires static org.jspecify;
  requires transitive spindrift.base;
  requires io.helidon.common.buffers;
  requires io.helidon.common.concurrency.limits;
  requires io.helidon.common.socket;
  requires io.helidon.http;
  requires io.helidon.http.encoding;
  requires io.helidon.webserver;

  exports spindrift.server;
}
