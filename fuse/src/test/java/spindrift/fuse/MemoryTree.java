package spindrift.fuse;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;
import spindrift.base.Bytes;

/** A file system made of objects, whose files may do anything; a node is a position plus one. */
final class MemoryTree implements FileTree {
  private final Map<Long, Node> nodes = new ConcurrentHashMap<>();

  /** What was asked, by the name of the method. */
  final Map<String, LongAdder> asked = new ConcurrentHashMap<>();

  /** Names in any directory whose look-up is left to somebody. */
  final Map<Bytes, Answer<Lookup>> lookups = new ConcurrentHashMap<>();

  MemoryTree() {
    nodes.put(
        ROOT, new Node(ROOT, attributes(1, FileType.DIRECTORY, 0555, 4096), (o, s) -> none()));
  }

  /** What a file has. */
  interface Contents {
    Answer<Content> read(long offset, int size) throws FuseException;
  }

  private static final class Node {
    final long parent;
    final Attributes attributes;
    final Contents contents;
    final Map<Bytes, Long> children = new ConcurrentHashMap<>();
    final NavigableMap<Long, Bytes> names = new ConcurrentSkipListMap<>();
    final Map<Bytes, Bytes> extended = new LinkedHashMap<>();
    Bytes target = Bytes.EMPTY;

    Node(long parent, Attributes attributes, Contents contents) {
      this.parent = parent;
      this.attributes = attributes;
      this.contents = contents;
    }
  }

  static Attributes attributes(long inode, FileType type, int permissions, long size) {
    return new Attributes(inode, type, permissions, size, Math.ceilDiv(size, 4096) * 8, 1, 1, 0, 0);
  }

  long directory(long parent, String name) {
    return add(
        parent,
        Bytes.utf8(name),
        attributes(nodes.size() + 1L, FileType.DIRECTORY, 0555, 4096),
        (o, s) -> none());
  }

  long file(long parent, String name, byte[] bytes) {
    Bytes all = Bytes.copyOf(bytes);
    return file(
        parent,
        name,
        bytes.length,
        (offset, size) -> now(all.slice((int) offset, (int) offset + size)));
  }

  long file(long parent, String name, long size, Contents contents) {
    Attributes attributes = attributes(nodes.size() + 1L, FileType.REGULAR, 0444, size);
    return add(parent, Bytes.utf8(name), attributes, contents);
  }

  long link(long parent, String name, String target) {
    Bytes to = Bytes.utf8(target);
    long node =
        add(
            parent,
            Bytes.utf8(name),
            attributes(nodes.size() + 1L, FileType.SYMLINK, 0777, to.size()),
            (o, s) -> none());
    node(node).target = to;
    return node;
  }

  synchronized long add(long parent, Bytes name, Attributes attributes, Contents contents) {
    long node = nodes.size() + 1L;
    nodes.put(node, new Node(parent, attributes, contents));
    node(parent).children.put(name, node);
    node(parent).names.put(node, name);
    return node;
  }

  void extended(long node, String name, Bytes value) {
    node(node).extended.put(Bytes.utf8(name), value);
  }

  static Answer<Content> now(Bytes bytes) {
    return Answer.now(Content.of(Content.Slice.of(bytes)));
  }

  long count(String method) {
    return asked.getOrDefault(method, new LongAdder()).sum();
  }

  private void note(String method) {
    asked.computeIfAbsent(method, _ -> new LongAdder()).increment();
  }

  private static Answer<Content> none() {
    return now(Bytes.EMPTY);
  }

  private Node node(long node) {
    return Objects.requireNonNull(nodes.get(node));
  }

  @Override
  public Answer<Lookup> lookup(long parent, Bytes name) {
    note("lookup");
    Answer<Lookup> own = lookups.get(name);
    if (own != null) {
      return own;
    }
    Long found = node(parent).children.get(name);
    if (found == null) {
      return Answer.now(
          parent == ROOT ? new Lookup.Absent(Duration.ofMillis(1)) : Lookup.Absent.FOR_EVER);
    }
    return Answer.now(new Lookup.Entry(found, node(found).attributes));
  }

  @Override
  public Attributes attributes(long node) {
    return node(node).attributes;
  }

  @Override
  public Answer<Directory> directory(long node) {
    note("directory");
    Node of = node(node);
    return Answer.now(
        new Directory() {
          @Override
          public long parent() {
            return of.parent;
          }

          @Override
          public void list(long after, Sink sink) {
            for (Map.Entry<Long, Bytes> name : of.names.tailMap(after, false).entrySet()) {
              long child = name.getKey();
              if (!sink.add(
                  name.getValue(), child, new Lookup.Entry(child, node(child).attributes))) {
                return;
              }
            }
          }
        });
  }

  @Override
  public Answer<Bytes> linkTarget(long node) {
    note("linkTarget");
    return Answer.now(node(node).target);
  }

  @Override
  public Answer<Content> read(long node, long offset, int size) throws FuseException {
    note("read");
    return node(node).contents.read(offset, size);
  }

  @Override
  public Answer<List<Bytes>> extendedAttributes(long node) {
    return Answer.now(List.copyOf(node(node).extended.keySet()));
  }

  @Override
  public Answer<Optional<Bytes>> extendedAttribute(long node, Bytes name) {
    return Answer.now(Optional.ofNullable(node(node).extended.get(name)));
  }

  @Override
  public Capacity capacity() {
    return new Capacity(12_345_678, nodes.size());
  }
}
