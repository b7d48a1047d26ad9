package spindrift.substitute;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.blocks.MemoryBlockStore;
import spindrift.catalog.TrustPolicy;
import spindrift.catalog.TrustRules;
import spindrift.catalog.ViewBuilder;
import spindrift.catalog.Views;
import spindrift.dag.FileLayout;
import spindrift.ipld.Block;
import spindrift.ipld.Cid;
import spindrift.ipld.DagPb;
import spindrift.ipld.PbLink;
import spindrift.ipld.UnixFsAttributes;
import spindrift.ipld.UnixFsNode;
import spindrift.nix.FileMode;
import spindrift.nix.NarInfo;
import spindrift.nix.NarReader;
import spindrift.nix.NarWriter;
import spindrift.nix.NixHash;
import spindrift.nix.PathInfo;
import spindrift.nix.SecretKey;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;

/** A store object as a peer has it: signed narinfo, NAR, views and their blocks. */
record SignedNar(NarInfo info, Bytes nar, Views views, MemoryBlockStore blocks) {
  static final SecretKey KEY = SecretKey.generate("test-1");
  static final TrustPolicy TRUSTED =
      new TrustPolicy(TrustRules.anyOf(List.of(KEY.publicKey())), StoreDir.DEFAULT);

  private static final int PLAIN_PIECE = 100_000;

  /** A directory of files with these contents. */
  static SignedNar of(int number, List<Bytes> files, SignedNar... references) {
    Bytes nar = narOf(files);
    NarInfo info =
        NarInfo.of(
            PathInfo.of(
                new StorePath("%032d".formatted(number), "object-" + number),
                NixHash.sha256Of(nar),
                nar.size(),
                List.of(references).stream().map(SignedNar::path).toList()));
    return build(sign(info), nar);
  }

  /** One with a file of noise. */
  static SignedNar noise(int number, int size) {
    return of(number, List.of(noiseOf(number, size)));
  }

  static Bytes noiseOf(int seed, int size) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return Bytes.owning(bytes);
  }

  static NarInfo sign(NarInfo info) {
    return info.withSignatureLines(List.of())
        .withSignature(KEY.sign(info.fingerprint(StoreDir.DEFAULT)));
  }

  static SignedNar build(NarInfo info, Bytes nar) {
    MemoryBlockStore blocks = new MemoryBlockStore();
    ViewBuilder views =
        new ViewBuilder(
            blocks,
            (cid, buffer, from, length, offset) ->
                blocks.accept(new Block(cid, Bytes.copyOf(buffer, from, length))));
    try {
      NarReader.read(new ByteArrayInputStream(nar.toArray()), views);
      return new SignedNar(info, nar, views.finish().views(), blocks);
    } catch (IOException | FaultException e) {
      throw new AssertionError(e);
    }
  }

  static Bytes narOf(List<Bytes> files) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    NarWriter nar = new NarWriter(out);
    try {
      nar.startDirectory();
      for (int i = 0; i < files.size(); i++) {
        nar.entry(Bytes.utf8("file-%05d".formatted(i)));
        Bytes content = files.get(i);
        nar.regular(FileMode.REGULAR, content.size(), new ByteArrayInputStream(content.toArray()));
      }
      nar.endDirectory();
      nar.finish();
    } catch (IOException | FaultException e) {
      throw new AssertionError(e);
    }
    return Bytes.owning(out.toByteArray());
  }

  /** The same object, said to have the views of another. */
  SignedNar withViewsOf(SignedNar other) {
    return new SignedNar(info, nar, other.views, other.blocks);
  }

  /** The same object by another view of its NAR: equal pieces, whatever is in them. */
  SignedNar asPlainFile() {
    MemoryBlockStore plain = new MemoryBlockStore();
    FileLayout layout = new FileLayout(plain);
    try {
      for (int from = 0; from < nar.size(); from += PLAIN_PIECE) {
        Block leaf = Block.raw(nar.slice(from, Math.min(nar.size(), from + PLAIN_PIECE)));
        plain.accept(leaf);
        layout.add(UnixFsNode.Part.leaf(leaf.cid(), leaf.bytes().size()));
      }
      Cid root = layout.finish(UnixFsAttributes.NONE).cid();
      return new SignedNar(info, nar, new Views(root, root), plain);
    } catch (IOException | FaultException e) {
      throw new AssertionError(e);
    }
  }

  /** The blocks of its views. */
  List<Cid> cids() {
    List<Cid> cids = new ArrayList<>(List.of(views.nar(), views.tree()));
    try {
      for (int i = 0; i < cids.size(); i++) {
        if (cids.get(i).codec() == Cid.DAG_PB) {
          for (PbLink link : DagPb.decode(blocks.load(cids.get(i))).links()) {
            if (!link.cid().isIdentity()) {
              cids.add(link.cid());
            }
          }
        }
      }
    } catch (IOException | FaultException e) {
      throw new AssertionError(e);
    }
    return List.copyOf(cids);
  }

  StorePath path() {
    return info.path();
  }

  String hashPart() {
    return info.path().hashPart();
  }

  LookupAnswer.Found found() {
    return new LookupAnswer.Found(info, Optional.of(views), Optional.empty());
  }

  LookupAnswer.Found foundWithoutViews() {
    return new LookupAnswer.Found(info, Optional.empty(), Optional.empty());
  }
}
