/**
 * Immutable bytes, variable-length integers, bounded readers, digests, multiformats and faults.
 *
 * <p>Everything here is pure: no I/O beyond a stream handed in, no threads. The one exception is
 * {@link spindrift.base.DurableFile}, the only place that publishes a file.
 */
package spindrift.base;
