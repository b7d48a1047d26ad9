package spindrift.catalog;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import spindrift.nix.StorePath;

/**
 * What the folder of a store holds: the names behind the hash parts, each once, and whether a path
 * may be there. Read again when the folder has changed; a hundred thousand entries take some MB.
 * Safe for use by several threads.
 */
final class StoreNames {
  private final Path folder;
  private FileTime changed = FileTime.fromMillis(0);
  private Listing listing = new Listing(List.of(), new long[0]);

  /** One reading of the folder. */
  static final class Listing {
    private final List<String> names;

    /** The beginnings of all hash parts, sorted. */
    private final long[] beginnings;

    private Listing(List<String> names, long[] beginnings) {
      this.names = names;
      this.beginnings = beginnings;
    }

    /** Each once. */
    List<String> names() {
      return names;
    }

    /** False only for what was not there. */
    boolean mayHave(StorePath path) {
      return Arrays.binarySearch(beginnings, beginning(path.hashPart())) >= 0;
    }
  }

  /**
   * @param folder with the files of the store
   */
  StoreNames(Path folder) {
    this.folder = folder;
  }

  synchronized Listing listing() throws IOException {
    FileTime now = Files.getLastModifiedTime(folder);
    if (!now.equals(changed)) {
      // The time from before: what comes while the folder is read is found by the next call.
      listing = read();
      changed = now;
    }
    return listing;
  }

  private Listing read() throws IOException {
    Set<String> names = new HashSet<>();
    LongStream.Builder beginnings = LongStream.builder();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      for (Path entry : entries) {
        String file = entry.getFileName().toString();
        int dash = StorePath.HASH_PART_LENGTH;
        if (file.length() > dash && file.charAt(dash) == '-') {
          String name = file.substring(dash + 1);
          if (StorePath.isName(name)) {
            names.add(name);
            beginnings.add(beginning(file));
          }
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return new Listing(List.copyOf(names), beginnings.build().sorted().toArray());
  }

  /** The first eight characters, which are ASCII, as a number. */
  private static long beginning(String file) {
    long value = 0;
    for (int i = 0; i < Long.BYTES; i++) {
      value = value << 8 | (file.charAt(i) & 0xff);
    }
    return value;
  }
}
