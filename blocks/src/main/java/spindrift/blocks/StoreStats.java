package spindrift.blocks;

/**
 * How much a store holds.
 *
 * @param blocks in packs
 * @param bytes the content of those
 * @param packs files
 * @param packBytes the size of those, dead blocks and framing included
 * @param references leaves that lie in store files, each copy counted
 */
public record StoreStats(long blocks, long bytes, int packs, long packBytes, long references) {}
