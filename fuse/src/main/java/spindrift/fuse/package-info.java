/**
 * File systems served to the Linux kernel over /dev/fuse, without libfuse.
 *
 * <p>{@link spindrift.fuse.FuseSession} mounts a {@link spindrift.fuse.FileTree} and serves it.
 *
 * @see <a
 *     href="https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/include/uapi/linux/fuse.h?h=v6.18">the
 *     protocol, 7.45</a>
 */
package spindrift.fuse;
