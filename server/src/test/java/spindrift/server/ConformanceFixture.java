package spindrift.server;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.blocks.BlockStore;
import spindrift.dag.UnixFsDag;
import spindrift.ipld.CarReader;
import spindrift.ipld.CarSection;
import spindrift.ipld.Cid;
import spindrift.ipld.DagPb;
import spindrift.ipld.PbLink;

/** A CAR of the gateway-conformance suite, put into a block store. */
record ConformanceFixture(Cid root, BlockStore blocks) {
  private static final Path VECTORS =
      Path.of(System.getProperty("spindrift.repo", ".."), "ipld/src/test/resources/vectors/unixfs");

  static ConformanceFixture load(String name, BlockStore blocks)
      throws IOException, FaultException {
    try (InputStream in = Files.newInputStream(VECTORS.resolve(name + ".car"))) {
      CarReader car = CarReader.open(in, CarReader.Check.VERIFY);
      for (Optional<CarSection> next = car.next(); next.isPresent(); next = car.next()) {
        blocks.accept(next.get().block());
      }
      return new ConformanceFixture(car.roots().getFirst(), blocks);
    }
  }

  /** The CID that a path leads to. */
  Cid cid(String... names) throws IOException, FaultException {
    return new UnixFsDag(blocks)
        .resolve(root, List.of(names).stream().map(Bytes::utf8).toList())
        .orElseThrow();
  }

  /** All that a node links to, depth first, without the node itself. */
  List<Cid> descendants(Cid cid) throws IOException, FaultException {
    List<Cid> all = new ArrayList<>();
    if (cid.codec() == Cid.DAG_PB) {
      for (PbLink link : DagPb.decode(blocks.load(cid)).links()) {
        all.add(link.cid());
        all.addAll(descendants(link.cid()));
      }
    }
    return all;
  }

  /** The CIDs of the blocks in a CAR, in its order, each checked. */
  static List<Cid> cids(Bytes car) throws IOException, FaultException {
    CarReader reader =
        CarReader.open(new ByteArrayInputStream(car.toArray()), CarReader.Check.VERIFY);
    List<Cid> cids = new ArrayList<>();
    for (Optional<CarSection> next = reader.next(); next.isPresent(); next = reader.next()) {
      cids.add(next.get().block().cid());
    }
    return cids;
  }
}
