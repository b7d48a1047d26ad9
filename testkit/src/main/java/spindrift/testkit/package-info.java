/**
 * What the tests of several rooms share. {@link spindrift.testkit.RealNix} is the way to a real
 * Nix.
 */
package spindrift.testkit;
