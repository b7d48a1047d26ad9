/**
 * The formats of Nix as pure, streaming codecs: no I/O beyond a stream handed in, no threads.
 *
 * <p>{@link spindrift.nix.StorePath} and {@link spindrift.nix.PathInfo} are what other rooms begin
 * with; {@link spindrift.nix.NarReader} and {@link spindrift.nix.NarWriter} move the contents.
 *
 * <h2>The grammar of a NAR</h2>
 *
 * <pre>{@code
 * nar       = str("nix-archive-1") node
 * node      = str("(") str("type") ( regular | symlink | directory ) str(")")
 * regular   = str("regular") [ str("executable") str("") ] str("contents") str(bytes)
 * symlink   = str("symlink") str("target") str(bytes)
 * directory = str("directory") { entry }
 * entry     = str("entry") str("(") str("name") str(name) str("node") node str(")")
 * str(s)    = length of s as 64 bits, little-endian; s; zero bytes up to a multiple of 8
 * }</pre>
 *
 * Names are in strictly ascending order of their bytes, are neither empty nor {@code .} nor {@code
 * ..}, and hold neither {@code /} nor NUL. One tree has one NAR.
 *
 * @see <a href="https://nix.dev/manual/nix/2.34/protocols/nix-archive">Nix Archive (NAR) format</a>
 * @see <a href="https://nix.dev/manual/nix/2.34/protocols/store-path">Store path specification</a>
 */
package spindrift.nix;
