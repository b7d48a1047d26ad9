/**
 * The HTTP edge. {@link spindrift.server.HttpServer} listens and hands each {@link
 * spindrift.server.Request} to one {@link spindrift.server.Handler}, which answers with a {@link
 * spindrift.server.Reply} whose body is a {@link spindrift.base.ByteSource}.
 *
 * <p>Bodies go from a file through one direct buffer into the socket, past the web server's own
 * streams; the web server (Helidon) does the parsing, the threads and the heads.
 */
package spindrift.server;
