/**
 * The store as a read-only file system whose contents come on demand. {@link
 * spindrift.mount.StoreMount} is where it begins.
 *
 * <p>The tree of a path is read from its NAR view, of which only the inner nodes are fetched; file
 * contents come leaf by leaf from a {@link spindrift.mount.Depot}, and each is checked against its
 * CID before a byte of it goes to the kernel.
 */
package spindrift.mount;
