package spindrift.ipld;

import static spindrift.ipld.UnixFsReader.malformed;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import spindrift.base.Bytes;
import spindrift.base.MalformedDataException;
import spindrift.ipld.UnixFsNode.EntrySlot;
import spindrift.ipld.UnixFsNode.Shard;
import spindrift.ipld.UnixFsNode.ShardSlot;
import spindrift.ipld.UnixFsNode.Slot;

/**
 * The wire form of a shard: a bit field of the slots in use, and one link a slot, named with the
 * slot's index in hexadecimal and, for an entry, its name.
 *
 * <p>The bit field is big-endian, slot 0 in the lowest bit of the last byte, without leading zero
 * bytes. The specification says otherwise; these are the bytes that deployed nodes write.
 */
final class HamtWire {
  /** The first 64 bits of MurmurHash3-x64-128, the only hash function of HAMT directories. */
  private static final long MURMUR3_X64_64 = 0x22;

  private HamtWire() {}

  static PbNode toPb(Shard shard) {
    int digits = prefixDigits(shard.fanout());
    List<PbLink> links = new ArrayList<>(shard.slots().size());
    for (Slot slot : shard.slots()) {
      Bytes prefix = prefix(slot.index(), digits);
      links.add(
          switch (slot) {
            case EntrySlot(int index, UnixFsEntry entry) ->
                PbLink.of(entry.cid(), concat(prefix, entry.name()), entry.tsize());
            case ShardSlot(int index, Cid cid, long tsize) -> PbLink.of(cid, prefix, tsize);
          });
    }
    UnixFsData data =
        new UnixFsData(
            UnixFsData.HAMT_SHARD,
            Optional.of(bitField(shard)),
            OptionalLong.empty(),
            List.of(),
            OptionalLong.of(MURMUR3_X64_64),
            OptionalLong.of(shard.fanout()),
            shard.attributes());
    return PbNode.of(links, data.encode());
  }

  static Shard read(PbNode node, UnixFsData data) throws MalformedDataException {
    long fanout = data.fanout().orElse(0);
    if (!Shard.isFanout(fanout) || data.hashType().orElse(0) != MURMUR3_X64_64) {
      throw malformed("shard with fan-out " + fanout + " and hash " + data.hashType().orElse(0));
    }
    int digits = prefixDigits((int) fanout);
    List<Slot> slots = new ArrayList<>(node.links().size());
    int least = 0;
    for (PbLink link : node.links()) {
      Bytes name = link.nameOrEmpty();
      int index = index(name, digits);
      if (index < least || index >= fanout) {
        throw malformed("slot out of order: " + name);
      }
      least = index + 1;
      slots.add(
          name.size() == digits
              ? new ShardSlot(index, link.cid(), link.tsize().orElse(0))
              : new EntrySlot(index, UnixFsReader.entry(name.slice(digits, name.size()), link)));
    }
    Shard shard = new Shard((int) fanout, slots, data.attributes());
    if (!withoutLeadingZeros(data.data().orElse(Bytes.EMPTY)).equals(bitField(shard))) {
      throw malformed("a shard's bit field and its links differ");
    }
    return shard;
  }

  /** Digits before a name: two for 256 slots. */
  private static int prefixDigits(int fanout) {
    return Integer.toHexString(fanout - 1).length();
  }

  private static Bytes prefix(int index, int digits) {
    String hex = Integer.toHexString(index).toUpperCase(Locale.ROOT);
    return Bytes.utf8("0".repeat(digits - hex.length()) + hex);
  }

  private static int index(Bytes name, int digits) throws MalformedDataException {
    if (name.size() < digits) {
      throw malformed("link in a shard without prefix: " + name);
    }
    int index = 0;
    for (int i = 0; i < digits; i++) {
      int digit = "0123456789ABCDEF".indexOf(name.at(i));
      if (digit < 0) {
        throw malformed("prefix in a shard that is not upper-case hexadecimal: " + name);
      }
      index = index * 16 + digit;
    }
    return index;
  }

  private static Bytes bitField(Shard shard) {
    byte[] field = new byte[shard.fanout() / Byte.SIZE];
    for (Slot slot : shard.slots()) {
      field[field.length - 1 - slot.index() / Byte.SIZE] |=
          (byte) (1 << (slot.index() % Byte.SIZE));
    }
    return withoutLeadingZeros(Bytes.owning(field));
  }

  private static Bytes withoutLeadingZeros(Bytes field) {
    int zeros = 0;
    while (zeros < field.size() && field.at(zeros) == 0) {
      zeros++;
    }
    return field.slice(zeros, field.size());
  }

  private static Bytes concat(Bytes first, Bytes second) {
    byte[] both = new byte[first.size() + second.size()];
    first.copyTo(both, 0);
    second.copyTo(both, first.size());
    return Bytes.owning(both);
  }
}
