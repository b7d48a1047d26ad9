/**
 * libp2p on virtual threads: {@link spindrift.p2p.Host} is a node of a peer-to-peer network. Usable
 * without the rest of Spindrift; it needs nothing but the JDK.
 *
 * <p>Spoken: TCP, multistream-select 1.0, Noise XX, Yamux, identify and identify-push, ping, mDNS.
 *
 * @see <a href="https://github.com/libp2p/specs">libp2p specifications</a>
 */
package spindrift.p2p;
