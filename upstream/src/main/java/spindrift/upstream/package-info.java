/**
 * Binary caches by others, as one reads them: {@link spindrift.upstream.Upstream} is where to
 * begin.
 */
@org.jspecify.annotations.NullMarked
package spindrift.upstream;
