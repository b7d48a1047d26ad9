package spindrift.ipld;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import spindrift.base.Bytes;
import spindrift.base.LimitExceededException;
import spindrift.base.MalformedDataException;

/**
 * A node of a UnixFS DAG: a file or part of one, a directory, a symbolic link, or a shard of a
 * large directory.
 *
 * <p>{@link #encode} makes the bytes that Kubo makes (profile {@code unixfs-v1-2025}); {@link
 * #decode} also reads what other writers made, so decoding and encoding again need not give the
 * same bytes.
 *
 * @see <a href="https://specs.ipfs.tech/unixfs/">UnixFS</a>
 */
public sealed interface UnixFsNode {
  /** Said of the file beside its content. */
  UnixFsAttributes attributes();

  /** The DAG-PB node that this is written as. */
  PbNode toPb();

  /** The block that this is written as, with a version 1 CID. */
  default Block encode() {
    return Block.dagPb(toPb());
  }

  /** Reads the block of a CID with codec DAG-PB. */
  static UnixFsNode decode(Bytes block) throws MalformedDataException, LimitExceededException {
    return UnixFsReader.read(DagPb.decode(block));
  }

  /**
   * Part of a file.
   *
   * @param size bytes of the file in this part
   * @param tsize bytes of the blocks below and with this part: for a raw leaf its size
   */
  record Part(Cid cid, long size, long tsize) {
    public Part {
      if (size < 0 || tsize < 0) {
        throw new IllegalArgumentException("negative size");
      }
    }

    /** A raw leaf, which may be inside its CID. */
    public static Part leaf(Cid cid, long size) {
      return new Part(cid, size, size);
    }
  }

  /**
   * A file, or an inner node of one: some bytes of its own, which is how old writers made leaves,
   * then its parts.
   */
  record File(Bytes data, List<Part> parts, UnixFsAttributes attributes) implements UnixFsNode {
    public File {
      parts = List.copyOf(parts);
    }

    /** A file of parts, which may be none. */
    public static File of(List<Part> parts, UnixFsAttributes attributes) {
      return new File(Bytes.EMPTY, parts, attributes);
    }

    /** Bytes in the file. */
    public long size() {
      long size = data.size();
      for (Part part : parts) {
        size = Math.addExact(size, part.size());
      }
      return size;
    }

    /** The node as a part of a larger file. */
    public Part asPart(Block encoded) {
      return new Part(encoded.cid(), size(), tsize(encoded));
    }

    /** Bytes of the encoded node and all blocks below it. */
    public long tsize(Block encoded) {
      long tsize = encoded.bytes().size();
      for (Part part : parts) {
        tsize = Math.addExact(tsize, part.tsize());
      }
      return tsize;
    }

    @Override
    public PbNode toPb() {
      List<PbLink> links = new ArrayList<>(parts.size());
      List<Long> sizes = new ArrayList<>(parts.size());
      for (Part part : parts) {
        // The specification would leave the name out; every deployed writer puts an empty one.
        links.add(PbLink.of(part.cid(), Bytes.EMPTY, part.tsize()));
        sizes.add(part.size());
      }
      Optional<Bytes> own = data.isEmpty() ? Optional.empty() : Optional.of(data);
      return PbNode.of(
          links, UnixFsData.file(UnixFsData.FILE, own, size(), sizes, attributes).encode());
    }
  }

  /** A directory in one block: entries in the order of their names, no name twice. */
  record Directory(List<UnixFsEntry> entries, UnixFsAttributes attributes) implements UnixFsNode {
    public Directory {
      entries = List.copyOf(entries);
      for (int i = 1; i < entries.size(); i++) {
        if (entries.get(i - 1).name().compareTo(entries.get(i).name()) >= 0) {
          throw new IllegalArgumentException(
              "entry out of order: " + entries.get(i).name().display());
        }
      }
    }

    /** A directory of entries that are in order. */
    public static Directory of(List<UnixFsEntry> entries) {
      return new Directory(entries, UnixFsAttributes.NONE);
    }

    /** Bytes of the encoded node and all blocks below it. */
    public long tsize(Block encoded) {
      long tsize = encoded.bytes().size();
      for (UnixFsEntry entry : entries) {
        tsize = Math.addExact(tsize, entry.tsize());
      }
      return tsize;
    }

    @Override
    public PbNode toPb() {
      return PbNode.of(
          entries.stream().map(UnixFsEntry::toLink).toList(),
          UnixFsData.of(UnixFsData.DIRECTORY, Optional.empty(), attributes).encode());
    }
  }

  /** A symbolic link; the target is any bytes. */
  record Symlink(Bytes target, UnixFsAttributes attributes) implements UnixFsNode {
    /** A link with nothing said beside its target. */
    public static Symlink to(Bytes target) {
      return new Symlink(target, UnixFsAttributes.NONE);
    }

    @Override
    public PbNode toPb() {
      return PbNode.of(
          List.of(), UnixFsData.of(UnixFsData.SYMLINK, Optional.of(target), attributes).encode());
    }
  }

  /**
   * One node of a sharded directory; {@link HamtDirectory} reads these and {@link HamtBuilder}
   * makes them.
   *
   * @param fanout slots, a power of two in 8…1024
   * @param slots in ascending order of index
   */
  record Shard(int fanout, List<Slot> slots, UnixFsAttributes attributes) implements UnixFsNode {
    /** The only fan-out that is written. */
    public static final int FANOUT = 256;

    /** The largest fan-out that is read; the specification's. */
    public static final int MAX_FANOUT = 1024;

    /** The smallest fan-out that is read; the specification's. */
    public static final int MIN_FANOUT = 8;

    public Shard {
      if (!isFanout(fanout)) {
        throw new IllegalArgumentException("fan-out " + fanout);
      }
      slots = List.copyOf(slots);
      for (int i = 0; i < slots.size(); i++) {
        int least = i == 0 ? 0 : slots.get(i - 1).index() + 1;
        if (slots.get(i).index() < least || slots.get(i).index() >= fanout) {
          throw new IllegalArgumentException("slot " + slots.get(i).index());
        }
      }
    }

    /** Whether a number can be a fan-out. */
    public static boolean isFanout(long number) {
      return Long.bitCount(number) == 1 && number >= MIN_FANOUT && number <= MAX_FANOUT;
    }

    /** The slot with an index, where it is in use. */
    public Optional<Slot> slot(int index) {
      int low = 0;
      int high = slots.size() - 1;
      while (low <= high) {
        int middle = (low + high) >>> 1;
        int found = slots.get(middle).index();
        if (found == index) {
          return Optional.of(slots.get(middle));
        }
        if (found < index) {
          low = middle + 1;
        } else {
          high = middle - 1;
        }
      }
      return Optional.empty();
    }

    @Override
    public PbNode toPb() {
      return HamtWire.toPb(this);
    }
  }

  /** A slot in use in a shard. */
  sealed interface Slot {
    /** Where in the shard, 0…fanout-1. */
    int index();
  }

  /** A slot with an entry of the directory. */
  record EntrySlot(int index, UnixFsEntry entry) implements Slot {}

  /** A slot with a shard of the next level. */
  record ShardSlot(int index, Cid cid, long tsize) implements Slot {}
}
