/**
 * Store objects as IPFS knows them: records, the two views of an object and how they are made, NARs
 * rendered again. The only room where Nix and IPFS meet.
 *
 * <p>A NAR is {@code F0 C1 F1 C2 … Cn Fn}: {@code Ci} the contents of the i-th regular file that is
 * not empty, {@code Fi} all framing and padding between. Its <em>NAR view</em> is a balanced UnixFS
 * file over this sequence. Each {@code Fi} is cut into pieces of at most 128 bytes, each inside an
 * identity CID, so that no block exists for it; each {@code Ci} is the raw leaf where the file has
 * one, else the file's node in the <em>tree view</em>, the UnixFS directory of the same object.
 * Both views so share every leaf.
 */
package spindrift.catalog;
