package spindrift.nix;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import spindrift.base.Bytes;

/**
 * The hash of the git object that a file tree is. The root is a directory or a file that is not
 * executable: of others the hash would not say what they are.
 *
 * @see <a href="https://git-scm.com/book/en/v2/Git-Internals-Git-Objects">Git objects</a>
 */
final class GitNarDigest implements NarDigest, NarParser.Events {
  /** Ours: some 250,000 entries of directories that have not ended. */
  private static final long MAX_BYTES = 32 << 20;

  /** What an entry takes beside its name. */
  private static final int ENTRY_BYTES = 128;

  private static final String EXECUTABLE = "100755";
  private static final String REGULAR = "100644";
  private static final String SYMLINK = "120000";
  private static final String DIRECTORY = "40000";

  /** A root's own mode is in no hash. */
  private static final Set<String> HASHED_WHOLE = Set.of(DIRECTORY, REGULAR);

  private final HashAlgorithm algorithm;
  private final NarParser parser = new NarParser(this);
  private final Deque<Tree> open = new ArrayDeque<>();
  private final MessageDigest digest;
  private String mode = REGULAR;
  private long bytes;
  private @Nullable Entry root;

  GitNarDigest(HashAlgorithm algorithm, MessageDigest digest) {
    this.algorithm = algorithm;
    this.digest = digest;
  }

  /** In the order of their names, a directory's ending with a slash. */
  private record Entry(String mode, Bytes name, Bytes hash) {
    Bytes sortedBy() {
      return mode.equals(DIRECTORY) ? name.concat(Bytes.utf8("/")) : name;
    }

    Bytes head() {
      return Bytes.utf8(mode + " ").concat(name).concat(Bytes.owning(new byte[1]));
    }
  }

  /** A directory that has not ended. */
  private static final class Tree {
    private final Bytes name;
    private final List<Entry> entries = new ArrayList<>();
    private Bytes next = Bytes.EMPTY;

    Tree(Bytes name) {
      this.name = name;
    }
  }

  @Override
  public void write(byte[] buffer, int from, int length) {
    if (bytes <= MAX_BYTES) {
      parser.write(buffer, from, length);
    }
  }

  @Override
  public Result finish() {
    Entry whole = root;
    if (bytes > MAX_BYTES) {
      return new Result.Unfit("too many files to be hashed here");
    }
    if (whole == null || !parser.isWhole() || !HASHED_WHOLE.contains(whole.mode)) {
      return new Result.Unfit("not the NAR of a directory or of one plain file");
    }
    return new Result.Proved(new NixHash(algorithm, whole.hash));
  }

  @Override
  public void startDirectory() {
    open.push(new Tree(nextName()));
  }

  @Override
  public void entry(Bytes name) {
    open.element().next = name;
    bytes += ENTRY_BYTES + name.size();
  }

  @Override
  public void endDirectory() {
    Tree tree = open.pop();
    tree.entries.sort(Comparator.comparing(Entry::sortedBy));
    long size = 0;
    for (Entry entry : tree.entries) {
      size += entry.head().size() + entry.hash.size();
      bytes -= ENTRY_BYTES + entry.name.size();
    }
    begin("tree", size);
    for (Entry entry : tree.entries) {
      digest.update(entry.head().toArray());
      digest.update(entry.hash.toArray());
    }
    add(DIRECTORY, tree.name);
  }

  @Override
  public void startFile(FileMode found, long size) {
    mode = found == FileMode.EXECUTABLE ? EXECUTABLE : REGULAR;
    begin("blob", size);
  }

  @Override
  public void contents(byte[] buffer, int from, int length) {
    digest.update(buffer, from, length);
  }

  @Override
  public void endFile() {
    add(mode, nextName());
  }

  @Override
  public void symlink(Bytes target) {
    begin("blob", target.size());
    digest.update(target.toArray());
    add(SYMLINK, nextName());
  }

  private Bytes nextName() {
    return open.isEmpty() ? Bytes.EMPTY : open.element().next;
  }

  private void begin(String kind, long size) {
    digest.reset();
    digest.update((kind + " " + size + "\0").getBytes(StandardCharsets.US_ASCII));
  }

  private void add(String entryMode, Bytes name) {
    Entry entry = new Entry(entryMode, name, Bytes.owning(digest.digest()));
    if (open.isEmpty()) {
      root = entry;
    } else {
      open.element().entries.add(entry);
    }
  }
}
