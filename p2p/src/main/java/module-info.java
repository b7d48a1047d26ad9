/** libp2p: identity, addresses, TCP, Noise, Yamux, the swarm, identify, ping, mDNS. */
@org.jspecify.annotations.NullMarked
module spindrift.p2p {
  requires static org.jspecify;
  requires transitive spindrift.base;

  exports spindrift.p2p;
}
