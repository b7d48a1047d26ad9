package spindrift.ipld;

import java.util.ArrayList;
import java.util.List;
import spindrift.base.Bytes;
import spindrift.base.MalformedDataException;

/** Turns DAG-PB nodes into UnixFS nodes. */
final class UnixFsReader {
  private static final String FORMAT = "UnixFS";

  private UnixFsReader() {}

  static UnixFsNode read(PbNode node) throws MalformedDataException {
    if (node.data().isEmpty()) {
      throw malformed("node without data");
    }
    UnixFsData data = UnixFsData.decode(node.data().get());
    return switch (data.type()) {
      // A raw node is a leaf as old writers made it.
      case UnixFsData.FILE, UnixFsData.RAW -> file(node, data);
      case UnixFsData.DIRECTORY -> directory(node, data);
      case UnixFsData.SYMLINK -> symlink(node, data);
      case UnixFsData.HAMT_SHARD -> HamtWire.read(node, data);
      default -> throw malformed("type " + data.type() + " is not supported");
    };
  }

  private static UnixFsNode.File file(PbNode node, UnixFsData data) throws MalformedDataException {
    List<Long> sizes = data.blockSizes();
    if (sizes.size() != node.links().size()) {
      throw malformed(node.links().size() + " parts but " + sizes.size() + " sizes");
    }
    Bytes own = data.data().orElse(Bytes.EMPTY);
    List<UnixFsNode.Part> parts = new ArrayList<>(sizes.size());
    long sum = own.size();
    for (int i = 0; i < sizes.size(); i++) {
      PbLink link = node.links().get(i);
      sum += sizes.get(i);
      if (sum < 0) {
        throw malformed("sizes that do not fit 63 bits");
      }
      parts.add(new UnixFsNode.Part(link.cid(), sizes.get(i), link.tsize().orElse(0)));
    }
    if (data.fileSize().isPresent() && data.fileSize().getAsLong() != sum) {
      throw malformed("file size " + data.fileSize().getAsLong() + " but parts of " + sum);
    }
    return new UnixFsNode.File(own, parts, data.attributes());
  }

  private static UnixFsNode.Directory directory(PbNode node, UnixFsData data)
      throws MalformedDataException {
    List<UnixFsEntry> entries = new ArrayList<>(node.links().size());
    for (PbLink link : node.links()) {
      UnixFsEntry entry = entry(link.nameOrEmpty(), link);
      if (!entries.isEmpty() && entries.getLast().name().equals(entry.name())) {
        throw malformed("entry given twice: " + entry.name().display());
      }
      entries.add(entry);
    }
    return new UnixFsNode.Directory(entries, data.attributes());
  }

  private static UnixFsNode.Symlink symlink(PbNode node, UnixFsData data)
      throws MalformedDataException {
    if (data.data().isEmpty() || !node.links().isEmpty()) {
      throw malformed("symbolic link without target, or with links");
    }
    return new UnixFsNode.Symlink(data.data().get(), data.attributes());
  }

  static UnixFsEntry entry(Bytes name, PbLink link) throws MalformedDataException {
    if (!UnixFsEntry.isName(name)) {
      throw malformed("not a name in a directory: " + name);
    }
    return new UnixFsEntry(name, link.cid(), link.tsize().orElse(0));
  }

  static MalformedDataException malformed(String rule) {
    return new MalformedDataException(FORMAT, -1, rule);
  }
}
