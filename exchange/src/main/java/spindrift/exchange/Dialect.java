package spindrift.exchange;

import java.util.Arrays;
import java.util.List;

/** The versions of Bitswap, best first. What a stream speaks was agreed on when it was opened. */
enum Dialect {
  /** Adds want-have, HAVE, DONT_HAVE and the count of bytes that are to follow. */
  V1_2("/ipfs/bitswap/1.2.0"),
  /** Blocks come with the prefix of their CID. */
  V1_1("/ipfs/bitswap/1.1.0"),
  /** Blocks come bare; all are named by SHA-256. */
  V1_0("/ipfs/bitswap/1.0.0"),
  /** As 1.0, from before there were versions. */
  UNVERSIONED("/ipfs/bitswap");

  /** The protocol ids in order of preference. */
  static final List<String> PROTOCOLS = Arrays.stream(values()).map(Dialect::protocol).toList();

  private final String protocol;

  Dialect(String protocol) {
    this.protocol = protocol;
  }

  /** The dialect with a protocol id that is one of {@link #PROTOCOLS}. */
  static Dialect of(String protocol) {
    return values()[PROTOCOLS.indexOf(protocol)];
  }

  String protocol() {
    return protocol;
  }

  /** Whether a peer can be asked, and can say, whether it has a block. */
  boolean hasPresences() {
    return this == V1_2;
  }

  /** Whether blocks come with the prefix of their CID. */
  boolean hasPrefixes() {
    return this == V1_2 || this == V1_1;
  }
}
