/**
 * The Nix store on this machine. {@link spindrift.store.LocalStores#open} finds it; {@link
 * spindrift.store.LocalStore} is what other rooms see.
 *
 * <h2>The worker protocol, as far as it is spoken here</h2>
 *
 * <pre>{@code
 * number    = 64 bits, little-endian
 * string    = length as number; bytes; zero bytes up to a multiple of 8
 * list      = count as number; items
 * handshake = C: 0x6e697863, version    S: 0x6478696f, version         version = 0x100 | minor
 *             from 38  C: list of features   S: list of features
 *             C: 0, 0
 *             from 33  S: string (Nix's version)   from 35  S: number (1 trusted, 2 not)
 *             S: messages
 * operation = C: number, arguments      S: messages, reply
 * messages  = (log lines, activities)*, then LAST or ERROR
 * framed    = (size as number > 0, that many bytes)*, 0
 * }</pre>
 *
 * Versions 1.21 (Nix 2.3) to 1.38 (Nix 2.24 to 2.35) are spoken; the lower of the two sides' holds.
 * Everything that the other side sends is bounded by {@link spindrift.store.WireReader}'s limits
 * and by a deadline, so that a daemon which has gone mad costs an error and never a hang.
 *
 * @see <a href="https://nix.dev/manual/nix/2.34/protocols/">Nix's protocols</a>
 */
package spindrift.store;
