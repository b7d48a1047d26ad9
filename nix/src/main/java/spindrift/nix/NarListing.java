package spindrift.nix;

import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import spindrift.base.Bytes;
import spindrift.base.Json;
import spindrift.base.JsonObject;
import spindrift.base.JsonValue;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;

/**
 * The tree of a NAR without the contents, and where in the NAR they are: the {@code .ls} file of a
 * binary cache. {@link NarListingBuilder} makes one while a NAR streams by.
 */
public record NarListing(Node root) {
  /** Ours: some 100 bytes a file, so 640,000 files; the largest known objects have half of that. */
  public static final int MAX_SIZE = 64 << 20;

  /** The root, two levels for each directory within, and a file. */
  private static final int MAX_JSON_DEPTH = 2 * NarFormat.MAX_DEPTH + 4;

  private static final String FORMAT = "NAR listing";

  /** A file, a link or a directory. */
  public sealed interface Node {}

  /**
   * A regular file.
   *
   * @param narOffset where its contents begin in the uncompressed NAR, in bytes; 0 when not known
   */
  public record File(FileMode mode, long size, long narOffset) implements Node {
    /**
     * @throws IllegalArgumentException when a number is negative
     */
    public File {
      if (size < 0 || narOffset < 0) {
        throw new IllegalArgumentException("negative size or offset");
      }
    }
  }

  /** A symbolic link. */
  public record Link(Bytes target) implements Node {}

  /** A directory with its entries in the order of the NAR. */
  public record Directory(SortedMap<Bytes, Node> entries) implements Node {
    public Directory {
      entries = Collections.unmodifiableSortedMap(new TreeMap<>(entries));
    }
  }

  /**
   * Reads the JSON of a {@code .ls} file. Bytes that are not UTF-8, which Nix 2.8 writes as they
   * are, become U+FFFD.
   */
  public static NarListing parse(Bytes json) throws MalformedDataException, LimitExceededException {
    if (json.size() > MAX_SIZE) {
      throw new LimitExceededException("size of a NAR listing", MAX_SIZE);
    }
    Bytes utf8 = Bytes.utf8(json.display());
    JsonObject object = Json.asObject(Json.parse(utf8, utf8.size(), MAX_JSON_DEPTH));
    if (object.whole("version") != 1) {
      throw new MalformedDataException(FORMAT, -1, "unknown version");
    }
    return new NarListing(node(object.object("root")));
  }

  /**
   * The JSON in Nix's order of keys. Names and targets that are not UTF-8 have U+FFFD in them; of
   * two names that are the same thereafter only the first is listed.
   */
  public String render() {
    StringBuilder out = new StringBuilder("{\"root\":");
    append(out, root);
    return out.append(",\"version\":1}").toString();
  }

  /** The node at a path below the root, which itself is at no names at all. */
  public Optional<Node> find(Iterable<Bytes> path) {
    Node node = root;
    for (Bytes name : path) {
      if (!(node instanceof Directory directory) || !directory.entries().containsKey(name)) {
        return Optional.empty();
      }
      node = directory.entries().get(name);
    }
    return Optional.of(node);
  }

  /** Nesting is limited by {@link #MAX_JSON_DEPTH}, so this recursion is. */
  private static Node node(JsonObject json) throws MalformedDataException, LimitExceededException {
    return switch (json.text("type")) {
      case "regular" -> file(json);
      case "symlink" -> link(json);
      case "directory" -> {
        SortedMap<Bytes, Node> entries = new TreeMap<>();
        for (Map.Entry<String, JsonValue> entry : json.object("entries").members().entrySet()) {
          Bytes name = Bytes.utf8(entry.getKey());
          NarFormat.checkName(name, -1);
          entries.put(name, node(Json.asObject(entry.getValue())));
        }
        yield new Directory(entries);
      }
      default -> throw new MalformedDataException(FORMAT, -1, "unknown type of a node");
    };
  }

  private static File file(JsonObject json) throws MalformedDataException {
    boolean executable = json.find("executable").isPresent() && json.truth("executable");
    long size = json.optionalWhole("size").orElse(0);
    long narOffset = json.optionalWhole("narOffset").orElse(0);
    if (size < 0 || narOffset < 0) {
      throw new MalformedDataException(FORMAT, -1, "a negative size or offset");
    }
    return new File(executable ? FileMode.EXECUTABLE : FileMode.REGULAR, size, narOffset);
  }

  private static Link link(JsonObject json) throws MalformedDataException, LimitExceededException {
    Bytes target = Bytes.utf8(json.text("target"));
    NarFormat.checkTarget(target, -1);
    return new Link(target);
  }

  private static void append(StringBuilder out, Node node) {
    switch (node) {
      case File file -> {
        out.append('{');
        if (file.mode() == FileMode.EXECUTABLE) {
          out.append("\"executable\":true,");
        }
        if (file.narOffset() > 0) {
          out.append("\"narOffset\":").append(file.narOffset()).append(',');
        }
        out.append("\"size\":").append(file.size()).append(",\"type\":\"regular\"}");
      }
      case Link link -> {
        out.append("{\"target\":");
        Json.appendString(out, link.target().display());
        out.append(",\"type\":\"symlink\"}");
      }
      case Directory directory -> {
        // Sorted again: U+FFFD need not sort as the bytes did that it stands for.
        SortedMap<Bytes, Node> entries = new TreeMap<>();
        directory
            .entries()
            .forEach((name, entry) -> entries.putIfAbsent(Bytes.utf8(name.display()), entry));
        out.append("{\"entries\":{");
        String comma = "";
        for (Map.Entry<Bytes, Node> entry : entries.entrySet()) {
          out.append(comma);
          Json.appendString(out, entry.getKey().display());
          out.append(':');
          append(out, entry.getValue());
          comma = ",";
        }
        out.append("},\"type\":\"directory\"}");
      }
    }
  }
}
