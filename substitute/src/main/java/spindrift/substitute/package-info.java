/**
 * Where store objects come from: what is here, else what connected peers have. {@link
 * spindrift.substitute.Substituter} is what the HTTP server asks.
 */
package spindrift.substitute;
