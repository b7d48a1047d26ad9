package spindrift.server;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Random;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.nix.FileMode;
import spindrift.nix.NarWriter;
import spindrift.nix.NixHash;

/** A store object to push: a name and a NAR. */
record TestObject(String hashPart, String name, Bytes nar) {
  /** Longer than the server's buffers. */
  static final int LARGE = 700_000;

  /** Writes the tree of a NAR. */
  @FunctionalInterface
  interface Tree {
    void tell(NarWriter nar) throws IOException, FaultException;
  }

  static Bytes nar(Tree tree) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      NarWriter nar = new NarWriter(out);
      tree.tell(nar);
      nar.finish();
    } catch (IOException | FaultException e) {
      throw new AssertionError(e);
    }
    return Bytes.owning(out.toByteArray());
  }

  static TestObject file(String text) {
    return numbered(1, nar(nar -> regular(nar, Bytes.utf8(text))));
  }

  /** A directory with a large file of noise, a small one, a link and an odd name. */
  static TestObject tree() {
    byte[] noise = new byte[LARGE];
    new Random(7).nextBytes(noise);
    return numbered(
        2,
        nar(
            nar -> {
              nar.startDirectory();
              nar.entry(Bytes.utf8("large"));
              regular(nar, Bytes.owning(noise));
              nar.entry(Bytes.utf8("link"));
              nar.symlink(Bytes.utf8("small"));
              nar.entry(Bytes.utf8("small"));
              regular(nar, Bytes.utf8("hello"));
              nar.entry(Bytes.of('z', 0xff));
              regular(nar, Bytes.EMPTY);
              nar.endDirectory();
            }));
  }

  static TestObject numbered(int number, Bytes nar) {
    return new TestObject("%032d".formatted(number), "thing-" + number, nar);
  }

  static void regular(NarWriter nar, Bytes content) throws IOException {
    nar.regular(FileMode.REGULAR, content.size(), new ByteArrayInputStream(content.toArray()));
  }

  NixHash narHash() {
    return NixHash.sha256Of(nar);
  }

  /** Where it is uncompressed, under its own name. */
  String url() {
    return "nar/" + narHash().nix32() + ".nar";
  }

  String narInfo() {
    return narInfo(url(), "none", nar, "");
  }

  String narInfo(String url, String compression, Bytes file, String references) {
    return """
    StorePath: /nix/store/%s-%s
    URL: %s
    Compression: %s
    FileHash: sha256:%s
    FileSize: %d
    NarHash: sha256:%s
    NarSize: %d
    References: %s
    """
        .formatted(
            hashPart,
            name,
            url,
            compression,
            NixHash.sha256Of(file).nix32(),
            file.size(),
            narHash().nix32(),
            nar.size(),
            references);
  }
}
