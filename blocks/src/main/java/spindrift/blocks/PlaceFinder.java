package spindrift.blocks;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import spindrift.base.FileIdentity;
import spindrift.base.RawPath;
import spindrift.blocks.ReferenceIndex.Candidate;

/**
 * Finds one leaf after another in files that are as they were when the leaves were hashed. The file
 * of the leaf before is looked at first, and is asked for its identity once. For one thread, which
 * is done soon.
 */
final class PlaceFinder {
  private static final System.Logger LOG = System.getLogger(PlaceFinder.class.getName());

  private final ReferenceIndex index;
  private @Nullable Candidate last;
  private @Nullable Path lastFile;

  PlaceFinder(ReferenceIndex index) {
    this.index = index;
  }

  Optional<LeafPlace> find(Key key) throws IOException {
    Candidate before = last;
    Path file = lastFile;
    if (before != null && file != null && before.length() < before.identity().size()) {
      Optional<Candidate> next = index.findIn(before, key);
      if (next.isPresent()) {
        return Optional.of(place(next.get(), file));
      }
    }
    for (Candidate place : index.find(key)) {
      Path path = RawPath.of(place.path());
      if (isAsItWas(place, path)) {
        last = place;
        lastFile = path;
        return Optional.of(place(place, path));
      }
    }
    return Optional.empty();
  }

  private static LeafPlace place(Candidate at, Path file) {
    return new LeafPlace(file, at.offset(), at.length(), at.identity());
  }

  private static boolean isAsItWas(Candidate place, Path path) {
    try {
      return FileIdentity.of(path).equals(place.identity());
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "cannot stat file=\"{0}\"", place.path().display());
      return false;
    }
  }
}
