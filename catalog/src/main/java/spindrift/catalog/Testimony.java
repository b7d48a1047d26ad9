package spindrift.catalog;

import spindrift.nix.NarInfo;

/**
 * What one source says of a store object.
 *
 * @param source its name: an upstream's URL, a peer's id, {@code local}
 * @param info as it came, with all its signature lines
 */
public record Testimony(String source, NarInfo info) {}
