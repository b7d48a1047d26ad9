package spindrift.http;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How servers are asked.
 *
 * @param connect time for a connection, TLS excluded
 * @param firstByte time from the request to the head of the answer
 * @param stall time that a body may make no progress
 * @param authorities files in PEM, believed beside those of the machine; those not there are passed
 *     over
 * @param certificate shown to the server that it is for, and to no other
 * @param environment where proxies are named
 */
public record WebSettings(
    Duration connect,
    Duration firstByte,
    Duration stall,
    List<Path> authorities,
    Optional<ClientCertificate> certificate,
    Map<String, String> environment) {
  /** What Nix has for a connection is 5 s; a server that answers at all answers within seconds. */
  public static final WebSettings DEFAULTS =
      new WebSettings(
          Duration.ofSeconds(5),
          Duration.ofSeconds(15),
          Duration.ofSeconds(10),
          List.of(),
          Optional.empty(),
          System.getenv());

  public WebSettings {
    authorities = List.copyOf(authorities);
    environment = Map.copyOf(environment);
  }

  public WebSettings withTimes(Duration toConnect, Duration toFirstByte, Duration toStall) {
    return new WebSettings(toConnect, toFirstByte, toStall, authorities, certificate, environment);
  }

  public WebSettings withAuthorities(List<Path> files) {
    return new WebSettings(connect, firstByte, stall, files, certificate, environment);
  }

  public WebSettings withCertificate(Optional<ClientCertificate> shown) {
    return new WebSettings(connect, firstByte, stall, authorities, shown, environment);
  }

  public WebSettings withEnvironment(Map<String, String> variables) {
    return new WebSettings(connect, firstByte, stall, authorities, certificate, variables);
  }
}
