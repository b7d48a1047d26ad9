package spindrift.node;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.FileIdentity;
import spindrift.base.Json;
import spindrift.base.JsonObject;
import spindrift.base.JsonValue;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;
import spindrift.base.RawPath;
import spindrift.ipld.Block;
import spindrift.ipld.Cid;
import spindrift.mount.BlockAnswer;
import spindrift.mount.Depot;
import spindrift.mount.PathRecord;
import spindrift.nix.NixHash;
import spindrift.nix.StorePath;

/** How records, paths and answers are written between a mount and its node. */
final class MountMessages {
  private static final String FORMAT = "answer of the node";

  private MountMessages() {}

  static JsonObject ofRecord(PathRecord record) {
    return JsonObject.of(
        "path", record.path().baseName(),
        "narHash", record.narHash().toString(),
        "narSize", record.narSize(),
        "narView", record.narView().toString(),
        "treeView", record.treeView().map(Cid::toString),
        "proof", record.proof().name().toLowerCase(Locale.ROOT),
        "source", record.source());
  }

  static PathRecord record(JsonObject message) throws FaultException {
    Optional<String> tree = message.optionalText("treeView");
    return new PathRecord(
        StorePath.ofBaseName(message.text("path")),
        NixHash.parse(message.text("narHash")),
        message.whole("narSize"),
        Cid.parse(message.text("narView")),
        tree.isPresent() ? Optional.of(Cid.parse(tree.get())) : Optional.empty(),
        message.text("proof").equals("proved") ? PathRecord.Proof.PROVED : PathRecord.Proof.CLAIMED,
        message.text("source"));
  }

  static List<String> ofPaths(List<StorePath> paths) {
    return paths.stream().map(StorePath::baseName).toList();
  }

  static List<StorePath> paths(JsonObject message) throws FaultException {
    List<StorePath> paths = new ArrayList<>();
    for (JsonValue path : message.items("paths")) {
      paths.add(StorePath.ofBaseName(Json.asText(path)));
    }
    return paths;
  }

  static List<Cid> cids(JsonObject message) throws FaultException {
    List<JsonValue> items = message.items("cids");
    if (items.size() > Depot.MAX_BLOCKS) {
      throw new LimitExceededException("blocks of one request", Depot.MAX_BLOCKS);
    }
    List<Cid> cids = new ArrayList<>();
    for (JsonValue cid : items) {
      cids.add(Cid.parse(Json.asText(cid)));
    }
    return cids;
  }

  /** The message about an answer; of {@link BlockAnswer.Content} the bytes come behind it. */
  static JsonObject ofAnswer(long id, int at, BlockAnswer answer) {
    return switch (answer) {
      case BlockAnswer.InFile place -> {
        FileIdentity identity = place.identity();
        yield JsonObject.of(
            "id", id,
            "at", at,
            "file", RawPath.bytes(place.file()).hex(),
            "offset", place.offset(),
            "length", place.length(),
            "device", identity.device(),
            "inode", identity.inode(),
            "size", identity.size(),
            "modified", identity.modified(),
            "changed", identity.changed());
      }
      case BlockAnswer.Content(Bytes bytes) ->
          JsonObject.of("id", id, "at", at, "bytes", bytes.size());
      case BlockAnswer.Absent(String why) -> JsonObject.of("id", id, "at", at, "absent", why);
    };
  }

  /** The message about a node of a view, whose bytes come behind it. */
  static JsonObject ofNode(long id, Cid cid, Bytes bytes) {
    return JsonObject.of("id", id, "cid", cid.toString(), "bytes", bytes.size());
  }

  /** How many bytes come behind an answer. */
  static int bytesBehind(JsonObject answer) throws FaultException {
    return bytesBehind(answer, Block.MAX_BYTES);
  }

  /** How many bytes come behind a question, many of which may wait. */
  static int bytesBehindQuestion(JsonObject question) throws FaultException {
    return bytesBehind(question, LeafPlaces.MAX_QUESTION_BYTES);
  }

  private static int bytesBehind(JsonObject message, int most) throws FaultException {
    long bytes = message.optionalWhole("bytes").orElse(0);
    if (bytes < 0 || bytes > most) {
      throw new LimitExceededException("bytes behind a message", most);
    }
    return (int) bytes;
  }

  static BlockAnswer answer(JsonObject message, Bytes behind) throws MalformedDataException {
    Optional<String> absent = message.optionalText("absent");
    if (absent.isPresent()) {
      return new BlockAnswer.Absent(absent.get());
    }
    Optional<String> file = message.optionalText("file");
    if (file.isEmpty()) {
      return new BlockAnswer.Content(behind);
    }
    long offset = message.whole("offset");
    long length = message.whole("length");
    if (offset < 0 || length < 0 || length > Block.MAX_BYTES) {
      throw new MalformedDataException(FORMAT, -1, "a block at " + offset + " of " + length);
    }
    return new BlockAnswer.InFile(
        RawPath.absolute(Bytes.parseHex(file.get()), FORMAT),
        offset,
        (int) length,
        new FileIdentity(
            message.whole("device"),
            message.whole("inode"),
            message.whole("size"),
            message.whole("modified"),
            message.whole("changed")));
  }
}
