package spindrift.blocks;

import java.io.EOFException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import spindrift.base.Bytes;
import spindrift.base.FileIdentity;
import spindrift.base.Multihash;
import spindrift.base.RawPath;
import spindrift.blocks.ReferenceIndex.Candidate;
import spindrift.blocks.ReferenceIndex.FileRow;
import spindrift.blocks.ReferenceIndex.KnownFile;
import spindrift.blocks.ReferenceIndex.LeafRow;
import spindrift.ipld.Cid;

/**
 * Leaves that lie in files of the store. A leaf is believed while its file has the identity under
 * which the leaf was hashed; else it is hashed again, and what does not match is forgotten.
 *
 * <p>Safe for use by several threads; no lock is held while a file is read.
 */
final class References implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(References.class.getName());
  private static final Set<OpenOption> READ =
      Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);

  /**
   * A file changed as lately as this may change again without a new time stamp, where the kernel
   * counts time in ticks. Its identity proves nothing, and is recorded so that it never matches.
   */
  private static final Duration TICK = Duration.ofMillis(50);

  private static final int PAGE = 1000;
  private static final long UNSETTLED = -1;

  private final ReferenceIndex index;
  private final Clock clock;
  private volatile boolean dirty;

  References(ReferenceIndex index, Clock clock) {
    this.index = index;
    this.clock = clock;
  }

  void add(List<ReferencedFile> files) throws IOException {
    List<FileRow> rows = new ArrayList<>(files.size());
    List<List<LeafRow>> leaves = new ArrayList<>(files.size());
    for (ReferencedFile file : files) {
      rows.add(FileRow.of(RawPath.bytes(file.path()), settled(file.identity())));
      leaves.add(
          file.leaves().stream()
              .filter(leaf -> !leaf.cid().isIdentity())
              .map(leaf -> new LeafRow(Key.of(leaf.cid()), leaf.offset(), leaf.length()))
              .toList());
    }
    index.add(rows, leaves);
    dirty = true;
  }

  /** The size of a leaf that can be read now. */
  OptionalInt size(Cid cid, Key key) throws IOException {
    List<Candidate> places = index.find(key);
    for (Candidate place : places) {
      try {
        if (FileIdentity.of(RawPath.of(place.path())).equals(place.identity())) {
          return OptionalInt.of(place.length());
        }
      } catch (IOException e) {
        LOG.log(Level.DEBUG, "cannot stat file=\"{0}\"", place.path().display());
      }
    }
    if (places.isEmpty()) {
      return OptionalInt.empty();
    }
    // No file is as it was: what proving them again costs is worth it, since one may do for long.
    return read(cid, key).stream().mapToInt(Bytes::size).findFirst();
  }

  /** A file that has a leaf and is as it was when the leaf was hashed. */
  Optional<LeafPlace> place(Key key) throws IOException {
    return new PlaceFinder(index).find(key);
  }

  /** As {@link #place}, of many leaves, best in the order in which files have them. */
  void places(List<Cid> leaves, LeafPlace.Found found) throws IOException {
    PlaceFinder finder = new PlaceFinder(index);
    for (Cid leaf : leaves) {
      Optional<LeafPlace> place = leaf.isIdentity() ? Optional.empty() : finder.find(Key.of(leaf));
      if (place.isPresent()) {
        found.at(leaf, place.get());
      }
    }
  }

  /** The leaf's bytes from the first place that has them. */
  Optional<Bytes> read(Cid cid, Key key) throws IOException {
    IOException failure = null;
    for (Candidate place : index.find(key)) {
      try {
        Optional<Bytes> bytes = read(cid, key, place);
        if (bytes.isPresent()) {
          return bytes;
        }
      } catch (IOException e) {
        failure = e; // another place may do
      }
    }
    if (failure != null) {
      throw failure;
    }
    return Optional.empty();
  }

  private Optional<Bytes> read(Cid cid, Key key, Candidate place) throws IOException {
    Path path = RawPath.of(place.path());
    byte[] content = new byte[place.length()];
    FileIdentity now;
    try (SteadyFile file = new SteadyFile(path, READ)) {
      file.read(content, 0, content.length, place.offset());
      // Asked after reading, so that it covers every change before and during it.
      now = FileIdentity.of(path);
    } catch (EOFException e) {
      drop(key, place, "shorter");
      return Optional.empty();
    } catch (IOException e) {
      if (isFile(path)) {
        throw e;
      }
      vanished(place);
      return Optional.empty();
    }
    Bytes bytes = Bytes.owning(content);
    if (now.equals(place.identity())) {
      return Optional.of(bytes);
    }
    if (cid.hash().check(bytes) != Multihash.Verdict.MATCHES) {
      drop(key, place, "changed");
      return Optional.empty();
    }
    FileIdentity settled = settled(now);
    if (settled.equals(now)) {
      index.renew(key, place, now);
      dirty = true;
    }
    return Optional.of(bytes);
  }

  /** Whether there is still a file, and not nothing, a directory or a link. */
  private static boolean isFile(Path path) throws IOException {
    try {
      return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
          .isRegularFile();
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  /** Forgets files that are gone and cleans up; says how many references went. */
  long sweep() throws IOException {
    long after = 0;
    while (true) {
      List<KnownFile> page = index.files(after, PAGE);
      if (page.isEmpty()) {
        break;
      }
      for (KnownFile file : page) {
        try {
          FileIdentity.of(RawPath.of(file.path()));
        } catch (NoSuchFileException e) {
          index.dropFile(file.id());
        } catch (IOException e) {
          LOG.log(Level.DEBUG, "cannot stat file=\"{0}\"", file.path().display());
        }
      }
      after = page.getLast().id();
    }
    dirty = true;
    return index.sweep();
  }

  long count() throws IOException {
    return index.count();
  }

  void sync() throws IOException {
    if (dirty) {
      dirty = false;
      try {
        index.harden();
      } catch (IOException e) {
        dirty = true;
        throw e;
      }
    }
  }

  @Override
  public void close() throws IOException {
    index.close();
  }

  private FileIdentity settled(FileIdentity identity) {
    Instant now = clock.instant();
    Instant changed = Instant.EPOCH.plusNanos(identity.changed());
    return changed.plus(TICK).isBefore(now)
        ? identity
        : new FileIdentity(
            identity.device(), identity.inode(), identity.size(), identity.modified(), UNSETTLED);
  }

  private void vanished(Candidate place) throws IOException {
    LOG.log(Level.INFO, "drop references file=\"{0}\" reason=gone", place.path().display());
    index.dropFile(place.file());
    dirty = true;
  }

  private void drop(Key key, Candidate place, String reason) throws IOException {
    LOG.log(
        Level.WARNING,
        "drop reference leaf={0} file=\"{1}\" offset={2} reason={3}",
        key,
        place.path().display(),
        Long.toString(place.offset()),
        reason);
    index.drop(key, place);
    dirty = true;
  }
}
