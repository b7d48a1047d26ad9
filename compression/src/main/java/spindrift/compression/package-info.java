/**
 * Compressed files decoded, within bounds of memory: {@link spindrift.compression.Decompression} is
 * where to begin.
 */
@org.jspecify.annotations.NullMarked
package spindrift.compression;
