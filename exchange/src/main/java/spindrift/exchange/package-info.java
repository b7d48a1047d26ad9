/**
 * Getting blocks from peers, and giving them: {@link spindrift.exchange.Bitswap} speaks Bitswap
 * 1.2, 1.1 and 1.0 on streams of a {@link spindrift.p2p.Host}.
 *
 * @see <a href="https://specs.ipfs.tech/bitswap-protocol/">Bitswap</a>
 */
package spindrift.exchange;
