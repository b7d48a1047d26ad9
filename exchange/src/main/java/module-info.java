/** Getting blocks from peers and giving them: Bitswap. */
@org.jspecify.annotations.NullMarked
module spindrift.exchange {
  requires static org.jspecify;
  requires spindrift.http;
  requires transitive spindrift.p2p;
  requires transitive spindrift.ipld;

  exports spindrift.exchange;
}
