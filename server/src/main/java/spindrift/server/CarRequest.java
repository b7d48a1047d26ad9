package spindrift.server;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import spindrift.base.MalformedDataException;

/**
 * Which blocks of a DAG are wanted as a CAR, and how. A parameter of the query wins over the same
 * one in the Accept field.
 *
 * @param scope the last block, or what it takes to read it, or all below it
 * @param entityBytes see {@link EntityBytes}; "" is everything
 * @see <a href="https://specs.ipfs.tech/http-gateways/trustless-gateway/">Trustless gateway</a>
 */
record CarRequest(Scope scope, String entityBytes, Duplicates duplicates) {
  static final String MEDIA_TYPE = "application/vnd.ipld.car";
  private static final String FORMAT = "CAR request";

  /** {@code dag-scope}. */
  enum Scope {
    BLOCK,
    ENTITY,
    ALL
  }

  /** {@code dups}: whether a block that is met again is in the CAR again. */
  enum Duplicates {
    KEPT("y"),
    LEFT_OUT("n");

    private final String code;

    Duplicates(String code) {
      this.code = code;
    }
  }

  /** Reads the request; an order that cannot be had is answered with the one that can. */
  static CarRequest of(Request request) throws MalformedDataException {
    String version = option(request, "version").orElse("1");
    if (!version.equals("1")) {
      throw new MalformedDataException(FORMAT, -1, "there is version 1 only");
    }
    return new CarRequest(
        scope(request.parameter("dag-scope").orElse("all")),
        request.parameter("entity-bytes").orElse(""),
        option(request, "dups").orElse("n").equals("y") ? Duplicates.KEPT : Duplicates.LEFT_OUT);
  }

  private static Scope scope(String name) throws MalformedDataException {
    return switch (name) {
      case "block" -> Scope.BLOCK;
      case "entity" -> Scope.ENTITY;
      case "all" -> Scope.ALL;
      default -> throw new MalformedDataException(FORMAT, -1, "dag-scope is block, entity or all");
    };
  }

  private static Optional<String> option(Request request, String name) {
    Optional<String> parameter = request.parameter("car-" + name);
    return parameter.isPresent()
        ? parameter
        : accepted(request).stream()
            .map(String::strip)
            .filter(part -> part.startsWith(name + "="))
            .map(part -> part.substring(name.length() + 1).replace("\"", "").strip())
            .findFirst();
  }

  /** The media type of a CAR with its parameters, where the Accept field has it. */
  private static List<String> accepted(Request request) {
    for (String type : request.field("Accept").orElse("").split(",", -1)) {
      List<String> parts = List.of(type.strip().toLowerCase(Locale.ROOT).split(";", -1));
      if (parts.getFirst().strip().equals(MEDIA_TYPE)) {
        return parts;
      }
    }
    return List.of();
  }

  /** What the answer's Content-Type is. */
  String mediaType() {
    return MEDIA_TYPE + ";version=1;order=dfs;dups=" + duplicates.code;
  }
}
