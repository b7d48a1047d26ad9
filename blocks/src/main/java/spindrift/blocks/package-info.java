/**
 * Where blocks live.
 *
 * <p>Start at {@link spindrift.blocks.DiskBlockStore}. {@link spindrift.blocks.BlockReader} and
 * {@link spindrift.blocks.BlockWriter} are the ports that other rooms use.
 *
 * <p>What holds at any time, a crash included:
 *
 * <ul>
 *   <li>A block is durable when a sync that began after its put has returned.
 *   <li>A pack is only appended to, and deleted only when the durable index has no entry into it.
 *   <li>The index names no block that is not in a synced part of a pack.
 *   <li>A block seen present after it came under protection stays until the protection ends.
 * </ul>
 */
package spindrift.blocks;
