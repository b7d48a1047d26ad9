package spindrift.server;

import java.time.Duration;

/**
 * How the server listens and what it bears with.
 *
 * @param host name or address to listen on
 * @param port 0…65535; 0 is any free one
 * @param maxConnections open connections; further ones wait in the kernel's queue until one closes
 * @param keepAlive how long a connection may rest between two requests
 * @param headTime how long a request line with its headers may take from their first byte
 * @param stallTime how long a body, either way, may stand still because of the client
 */
public record HttpSettings(
    String host,
    int port,
    int maxConnections,
    Duration keepAlive,
    Duration headTime,
    Duration stallTime) {
  /** Nix opens 25 connections; curl, browsers and a few machines beside it need no more. */
  public static final int DEFAULT_MAX_CONNECTIONS = 512;

  public HttpSettings {
    if (port < 0 || port > 65535 || maxConnections < 1) {
      throw new IllegalArgumentException("port " + port + ", maxConnections " + maxConnections);
    }
  }

  /** This machine only, with limits meant to be far from what a stock Nix does. */
  public static HttpSettings loopback(int port) {
    // A Nix whose daemon is busy unpacking may leave a body unread for a while.
    return new HttpSettings(
        "127.0.0.1",
        port,
        DEFAULT_MAX_CONNECTIONS,
        Duration.ofMinutes(2),
        Duration.ofSeconds(20),
        Duration.ofMinutes(5));
  }
}
