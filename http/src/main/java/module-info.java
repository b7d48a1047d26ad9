/** Requests to HTTP servers of others: one way for all, bounded in time and size. */
@org.jspecify.annotations.NullMarked
module spindrift.http {
  requires static org.jspecify;
  requires transitive spindrift.base;
  requires java.net.http;

  exports spindrift.http;
}
