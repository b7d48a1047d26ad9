/**
 * Store objects put into the local Nix store. {@link spindrift.realise.Realiser} is the entry; it
 * takes objects from an {@link spindrift.realise.ObjectSource}.
 */
package spindrift.realise;
