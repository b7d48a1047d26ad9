package spindrift.substitute;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import spindrift.base.Bytes;
import spindrift.base.MalformedDataException;
import spindrift.base.ProtoReader;
import spindrift.base.ProtoWriter;
import spindrift.nix.Nix32;
import spindrift.nix.NixHash;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;
import spindrift.substitute.LookupRequest.Scope;

/**
 * What goes over the stream to ask; see {@code docs/protocols/lookup.md}. In one that was read,
 * hash parts are before NAR hashes, and flat hashes come last: in that order an answer numbers
 * them.
 *
 * @param storeDir of the paths that are asked for
 */
record RequestMessage(String storeDir, LookupRequest request) {
  /** Of the whole message: all keys at their largest, a store directory, and room for more. */
  static final int MAX_BYTES = 192 << 10;

  /** Ours: PATH_MAX of Linux. */
  private static final int MAX_STORE_DIR_CHARS = 4096;

  private static final String FORMAT = "look-up request";
  private static final int STORE_DIR = 1;
  private static final int HASH_PART = 2;
  private static final int NAR_HASH = 3;
  private static final int SCOPE = 4;
  private static final int VIEWS_WITHIN_MILLIS = 5;
  private static final int FLAT_HASH = 6;

  static RequestMessage of(StoreDir storeDir, LookupRequest request) {
    return new RequestMessage(storeDir.path(), request);
  }

  /** Hash parts go before NAR hashes, and these before flat hashes, whatever their order. */
  ProtoWriter encode() {
    ProtoWriter out = new ProtoWriter().text(STORE_DIR, storeDir);
    for (LookupRequest.Key key : request.keys()) {
      if (key instanceof LookupRequest.Key.HashPart part) {
        out.bytes(HASH_PART, part.digest());
      }
    }
    for (LookupRequest.Key key : request.keys()) {
      if (key instanceof LookupRequest.Key.NarHash nar) {
        out.bytes(NAR_HASH, nar.hash().digest());
      }
    }
    for (LookupRequest.Key key : request.keys()) {
      if (key instanceof LookupRequest.Key.FlatHash flat) {
        out.text(FLAT_HASH, flat.hash().prefixedNix32());
      }
    }
    if (request.scope() != Scope.OBJECTS) {
      out.varint(SCOPE, request.scope().number());
    }
    if (!request.viewsWithin().isZero()) {
      out.varint(VIEWS_WITHIN_MILLIS, request.viewsWithin().toMillis());
    }
    return out;
  }

  /** Reads a message; a time that is longer than allowed counts as the longest. */
  static RequestMessage decode(Bytes message) throws MalformedDataException {
    ProtoReader in = ProtoReader.of(FORMAT, message);
    String storeDir = "";
    List<LookupRequest.Key> keys = new ArrayList<>();
    List<LookupRequest.Key> narHashes = new ArrayList<>();
    List<LookupRequest.Key> flatHashes = new ArrayList<>();
    Scope scope = Scope.OBJECTS;
    long viewsWithin = 0;
    while (in.next()) {
      switch (in.field()) {
        case STORE_DIR -> storeDir = in.text();
        case HASH_PART -> keys.add(hashPart(in));
        case NAR_HASH -> narHashes.add(narHash(in));
        case SCOPE -> scope = scope(in);
        case VIEWS_WITHIN_MILLIS -> viewsWithin = in.varint();
        case FLAT_HASH -> flatHashes.add(flatHash(in));
        default -> in.skip();
      }
      if (keys.size() + narHashes.size() + flatHashes.size() > LookupRequest.MAX_KEYS) {
        throw in.malformed("more than " + LookupRequest.MAX_KEYS + " keys");
      }
      if (flatHashes.size() > LookupRequest.MAX_FLAT_HASHES) {
        throw in.malformed("more than " + LookupRequest.MAX_FLAT_HASHES + " flat hashes");
      }
    }
    if (storeDir.length() > MAX_STORE_DIR_CHARS) {
      throw in.malformed("a store directory of " + storeDir.length() + " characters");
    }
    keys.addAll(narHashes);
    keys.addAll(flatHashes);
    long millis = Math.clamp(viewsWithin, 0, LookupRequest.MAX_VIEWS_WITHIN.toMillis());
    return new RequestMessage(storeDir, new LookupRequest(keys, scope, Duration.ofMillis(millis)));
  }

  private static LookupRequest.Key hashPart(ProtoReader in) throws MalformedDataException {
    return new LookupRequest.Key.HashPart(Nix32.encode(sized(in, StorePath.HASH_PART_BYTES)));
  }

  private static LookupRequest.Key narHash(ProtoReader in) throws MalformedDataException {
    return new LookupRequest.Key.NarHash(NixHash.sha256(sized(in, 32)));
  }

  private static LookupRequest.Key flatHash(ProtoReader in) throws MalformedDataException {
    return new LookupRequest.Key.FlatHash(NixHash.parse(in.text()));
  }

  private static Bytes sized(ProtoReader in, int size) throws MalformedDataException {
    Bytes bytes = in.bytes();
    if (bytes.size() != size) {
      throw in.malformed("a key of " + bytes.size() + " bytes, not " + size);
    }
    return bytes;
  }

  private static Scope scope(ProtoReader in) throws MalformedDataException {
    long number = in.varint();
    for (Scope scope : Scope.values()) {
      if (scope.number() == number) {
        return scope;
      }
    }
    throw in.malformed("scope " + number);
  }
}
