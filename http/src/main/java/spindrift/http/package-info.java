/** Requests to HTTP servers of others: {@code WebClient} is where to begin. */
@org.jspecify.annotations.NullMarked
package spindrift.http;
