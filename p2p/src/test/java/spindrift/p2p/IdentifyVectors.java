package spindrift.p2p;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.stream.IntStream;
import spindrift.base.Bytes;
import spindrift.base.MalformedDataException;

/** What go-libp2p makes for the key whose seed is the bytes 0…31. */
final class IdentifyVectors {
  static final Multiaddr FIRST = TestHosts.multiaddr("/ip4/192.0.2.1/tcp/4001");
  static final Multiaddr SECOND = TestHosts.multiaddr("/ip6/2001:db8::1/tcp/4001");
  static final long SEQUENCE = 1_700_000_000_000_000_000L;

  private IdentifyVectors() {}

  static Identity identity() throws MalformedDataException {
    return Identity.read(
        Bytes.parseHex("08011240")
            .concat(Bytes.of(IntStream.range(0, 32).toArray()))
            .concat(
                Bytes.parseHex(
                    "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8")));
  }

  /** The signed record of {@link #FIRST} and {@link #SECOND}. */
  static Bytes envelope() throws IOException, MalformedDataException {
    return named("envelope");
  }

  /** A whole identify message with that record. */
  static Bytes identify() throws IOException, MalformedDataException {
    return named("identify");
  }

  private static Bytes named(String name) throws IOException, MalformedDataException {
    try (InputStream in =
        Objects.requireNonNull(
            IdentifyVectors.class.getResourceAsStream("/vectors/identify/go-libp2p.csv"))) {
      String line =
          new String(in.readAllBytes(), StandardCharsets.UTF_8)
              .lines()
              .filter(text -> text.startsWith(name + ","))
              .findFirst()
              .orElseThrow();
      return Bytes.parseHex(line.substring(name.length() + 1));
    }
  }
}
