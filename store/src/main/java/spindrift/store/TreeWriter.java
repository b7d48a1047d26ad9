package spindrift.store;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.FileRange;
import spindrift.base.RawPath;
import spindrift.base.SymbolicLink;
import spindrift.nix.FileMode;
import spindrift.nix.NarVisitor;

/**
 * Makes the files that a NAR describes as Nix would: modes 0444 and 0555, changed in the first
 * second of 1970, owned by who runs this. Small files are written by a crew while the NAR is read
 * on. For one thread; {@link #finish} says whether all went well.
 *
 * <p>None of the files can be reached through a symbolic link: a NAR says each name once, no name
 * has a slash, and nobody else writes below the root.
 */
final class TreeWriter implements NarVisitor {
  /** Ours, bytes: most files are smaller, and those are what threads of a crew help with. */
  static final int MAX_SMALL = 1 << 17;

  private static final Set<PosixFilePermission> READ = mode("r--r--r--");
  private static final Set<PosixFilePermission> READ_AND_RUN = mode("r-xr-xr-x");
  private static final FileAttribute<Set<PosixFilePermission>> PLAIN =
      PosixFilePermissions.asFileAttribute(READ);
  private static final FileAttribute<Set<PosixFilePermission>> EXECUTABLE =
      PosixFilePermissions.asFileAttribute(READ_AND_RUN);
  private static final FileAttribute<Set<PosixFilePermission>> FOLDER =
      PosixFilePermissions.asFileAttribute(mode("rwxr-xr-x"));
  private static final Set<OpenOption> NEW =
      Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);

  private final NarInput input;
  private final WritingCrew.Job crew;
  private final Optional<StoreLinks> links;
  private final SameFiles same;
  private final byte[] buffer = new byte[MAX_SMALL];
  private final Deque<Path> open = new ArrayDeque<>();
  private final List<Path> folders = new ArrayList<>();
  private final Path spare;
  private Path next;

  /** What is written to a file as it is read. For one thread. */
  private static final class CopiedInput extends FilterInputStream {
    private final SeekableByteChannel channel;

    CopiedInput(InputStream in, SeekableByteChannel channel) {
      super(in);
      this.channel = channel;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int from, int size) throws IOException {
      int count = super.read(target, from, size);
      if (count > 0) {
        write(channel, target, from, count);
      }
      return count;
    }
  }

  /**
   * @param input what the NAR is read from
   * @param root what the NAR's root becomes; must not exist
   * @param links of an optimised store, in which files with the same contents are one
   * @param same makes files that lie on this machine already, in a store that is not optimised
   */
  TreeWriter(
      NarInput input, Path root, WritingCrew.Job crew, Optional<StoreLinks> links, SameFiles same) {
    this.input = input;
    this.same = same;
    this.next = root;
    this.spare = root.resolveSibling(root.getFileName() + ".link");
    this.crew = crew;
    this.links = links;
  }

  @Override
  public void startDirectory() throws IOException {
    Files.createDirectory(next, FOLDER);
    open.push(next);
    folders.add(next);
  }

  @Override
  public void entry(Bytes name) {
    next = open.element().resolve(RawPath.of(name));
  }

  @Override
  public void endDirectory() {
    open.pop();
  }

  @Override
  public void regular(FileMode mode, long size, InputStream contents)
      throws IOException, FaultException {
    Path file = next;
    if (links.isEmpty() && isMadeFromHere(file, mode, size)) {
      contents.skipNBytes(size);
      return;
    }
    if (size > MAX_SMALL) {
      large(file, mode, size, contents);
      return;
    }
    byte[] whole = contents.readNBytes((int) size);
    crew.write(() -> small(file, mode, whole));
  }

  /** Makes a file that lies on this machine already; what it holds is read from it then. */
  private boolean isMadeFromHere(Path file, FileMode mode, long size) throws IOException {
    Optional<FileRange> here = input.range(size);
    boolean isMade = here.isPresent() && same.make(file, mode, here.get());
    if (isMade) {
      input.readFrom(file);
    }
    return isMade;
  }

  @Override
  public void symlink(Bytes target) throws IOException {
    SymbolicLink.create(next, target);
    Linux.setFirstSecond(next);
  }

  /** Waits for the crew, and closes the folders to changes; the tree is whole then. */
  void finish() throws IOException {
    crew.await();
    for (Path folder : folders.reversed()) {
      Files.setPosixFilePermissions(folder, READ_AND_RUN);
      Linux.setFirstSecond(folder);
    }
  }

  private void large(Path file, FileMode mode, long size, InputStream contents) throws IOException {
    String name = "";
    try (SeekableByteChannel channel = create(file, mode)) {
      CopiedInput copied = new CopiedInput(contents, channel);
      if (links.isPresent()) {
        name = StoreLinks.name(mode, size, copied);
      } else {
        for (int count = 0; count >= 0; ) {
          count = copied.read(buffer, 0, buffer.length);
        }
      }
    }
    Linux.setFirstSecond(file);
    if (links.isPresent()) {
      links.get().unite(file, name, mode, size, spare);
    }
  }

  private void small(Path file, FileMode mode, byte[] contents) throws IOException {
    String name = links.isPresent() ? StoreLinks.name(mode, contents) : "";
    if (links.isPresent() && links.get().link(file, name, mode, contents.length)) {
      return;
    }
    try (SeekableByteChannel channel = create(file, mode)) {
      write(channel, contents, 0, contents.length);
    }
    Linux.setFirstSecond(file);
    if (links.isPresent()) {
      links.get().offer(file, name);
    }
  }

  private static SeekableByteChannel create(Path file, FileMode mode) throws IOException {
    SeekableByteChannel channel =
        Files.newByteChannel(file, NEW, mode == FileMode.EXECUTABLE ? EXECUTABLE : PLAIN);
    if (Umask.TAKES_AWAY) {
      Files.setPosixFilePermissions(file, permissions(mode));
    }
    return channel;
  }

  private static void write(SeekableByteChannel channel, byte[] bytes, int from, int size)
      throws IOException {
    ByteBuffer rest = ByteBuffer.wrap(bytes, from, size);
    while (rest.hasRemaining()) {
      channel.write(rest);
    }
  }

  /** As Nix has them. */
  static Set<PosixFilePermission> permissions(FileMode mode) {
    return mode == FileMode.EXECUTABLE ? READ_AND_RUN : READ;
  }

  private static Set<PosixFilePermission> mode(String permissions) {
    return PosixFilePermissions.fromString(permissions);
  }

  /** What this process takes away from the modes of new files. */
  private static final class Umask {
    private static final int ALL_MAY_READ_AND_RUN = 0555;

    /** Whether files do not come to be with the mode that they should have. */
    static final boolean TAKES_AWAY = (umask() & ALL_MAY_READ_AND_RUN) != 0;

    private static int umask() {
      try {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
          if (line.startsWith("Umask:")) {
            return Integer.parseInt(line.substring("Umask:".length()).strip(), 8);
          }
        }
      } catch (IOException | NumberFormatException e) {
        // As if it took away all.
      }
      return ALL_MAY_READ_AND_RUN;
    }
  }
}
