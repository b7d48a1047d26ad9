package spindrift.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import spindrift.base.AbsentException;
import spindrift.base.ByteSource;
import spindrift.base.ByteTarget;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.LimitExceededException;
import spindrift.base.Varint;
import spindrift.blocks.BlockReader;
import spindrift.ipld.BlockSource;
import spindrift.ipld.CarWriter;
import spindrift.ipld.Cid;
import spindrift.ipld.DagPb;
import spindrift.ipld.PbLink;
import spindrift.ipld.UnixFsNode;

/**
 * Which blocks a CAR will have, in the order of a depth-first walk. Nodes are read while the plan
 * is made, leaves only when the CAR is written. For one thread.
 */
final class CarPlan {
  /** Ours: some 50 MB of memory, and a DAG of some GB at the least. */
  private static final int MAX_BLOCKS = 1 << 18;

  /** Levels of links; a NAR view over a tree view of the deepest NAR has fewer. */
  private static final int MAX_DEPTH = 2048;

  private final BlockReader blocks;
  private final Cid root;
  private final Collection<Cid> cids;

  /** Nodes whose whole DAG was noted: no DAG, however often it links to itself, is walked twice. */
  private final Set<Cid> walked = new HashSet<>();

  private final CarRequest.Duplicates duplicates;

  CarPlan(Cid root, CarRequest.Duplicates duplicates, BlockReader blocks) {
    this.root = root;
    this.duplicates = duplicates;
    this.blocks = blocks;
    this.cids =
        switch (duplicates) {
          case KEPT -> new ArrayList<>();
          case LEFT_OUT -> new LinkedHashSet<>();
        };
  }

  /** Blocks for looking names up, noted as they are asked for. */
  BlockSource noting() {
    return cid -> {
      note(cid);
      return load(cid);
    };
  }

  /** One block. */
  void note(Cid cid) throws LimitExceededException {
    if (cid.isIdentity()) {
      return;
    }
    if (cids.size() == MAX_BLOCKS) {
      throw new LimitExceededException("blocks of a CAR", MAX_BLOCKS);
    }
    cids.add(cid);
  }

  /** A block and all that UnixFS links to below it. */
  void noteAll(Cid cid) throws IOException, FaultException {
    noteAll(cid, 0);
  }

  private void noteAll(Cid cid, int depth) throws IOException, FaultException {
    checkDepth(depth);
    note(cid);
    if (cid.codec() == Cid.DAG_PB
        && (walked.add(cid) || duplicates == CarRequest.Duplicates.KEPT)) {
      for (PbLink link : DagPb.decode(load(cid)).links()) {
        noteAll(link.cid(), depth + 1);
      }
    }
  }

  /** The blocks of a file that have its bytes from {@code from} to {@code to}, exclusive. */
  void noteRange(Cid cid, long from, long to) throws IOException, FaultException {
    noteRange(cid, from, to, 0);
  }

  private void noteRange(Cid cid, long from, long to, int depth)
      throws IOException, FaultException {
    checkDepth(depth);
    note(cid);
    if (cid.codec() != Cid.DAG_PB
        || !(UnixFsNode.decode(load(cid)) instanceof UnixFsNode.File file)) {
      return;
    }
    long offset = file.data().size();
    for (UnixFsNode.Part part : file.parts()) {
      long end = offset + part.size();
      if (part.size() > 0 && from <= offset && end <= to) {
        noteAll(part.cid(), depth + 1);
      } else if (part.size() > 0 && end > from && offset < to) {
        noteRange(part.cid(), from - offset, to - offset, depth + 1);
      }
      offset = end;
    }
  }

  private static void checkDepth(int depth) throws LimitExceededException {
    if (depth > MAX_DEPTH) {
      throw new LimitExceededException("depth of a DAG", MAX_DEPTH);
    }
  }

  private Bytes load(Cid cid) throws IOException, FaultException {
    return blocks.read(cid).orElseThrow(() -> absent(cid));
  }

  private static AbsentException absent(Cid cid) {
    return new AbsentException("block " + cid + " is not here");
  }

  /** The CAR, version 1, whose root is the plan's. */
  ByteSource car() throws IOException, FaultException {
    ByteArrayOutputStream header = new ByteArrayOutputStream();
    CarWriter.begin(header, List.of(root));
    List<Section> sections = new ArrayList<>(cids.size());
    long size = header.size();
    for (Cid cid : cids) {
      int blockSize = blocks.size(cid).orElseThrow(() -> absent(cid));
      Section section = new Section(cid, blockSize);
      sections.add(section);
      size += section.size();
    }
    return new Car(Bytes.owning(header.toByteArray()), sections, size, blocks);
  }

  private record Section(Cid cid, int blockSize) {
    int size() {
      int content = cid.byteSize() + blockSize;
      return Varint.size(content) + content;
    }

    Bytes head() {
      int content = cid.byteSize() + blockSize;
      byte[] head = new byte[Varint.size(content) + cid.byteSize()];
      cid.write(head, Varint.write(content, head, 0));
      return Bytes.owning(head);
    }
  }

  private record Car(Bytes header, List<Section> sections, long size, BlockReader blocks)
      implements ByteSource {
    @Override
    public void writeTo(ByteTarget target, long from, long to) throws IOException, FaultException {
      long offset = write(header, 0, target, from, to);
      for (Section section : sections) {
        if (offset < to && offset + section.size() > from) {
          long data = write(section.head(), offset, target, from, to);
          Bytes block = blocks.read(section.cid()).orElseThrow(() -> absent(section.cid()));
          write(block, data, target, from, to);
        }
        offset += section.size();
      }
    }

    /** Writes what of the bytes at an offset is in a range; returns the offset behind them. */
    private static long write(Bytes bytes, long offset, ByteTarget target, long from, long to)
        throws IOException {
      long first = Math.max(from - offset, 0);
      long last = Math.min(to - offset, bytes.size());
      if (first < last) {
        bytes.slice((int) first, (int) last).writeTo(target);
      }
      return offset + bytes.size();
    }
  }
}
