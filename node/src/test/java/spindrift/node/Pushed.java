package spindrift.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import spindrift.base.Bytes;
import spindrift.nix.Compression;
import spindrift.nix.FileMode;
import spindrift.nix.NarInfo;
import spindrift.nix.NarWriter;
import spindrift.nix.NixHash;
import spindrift.nix.PathInfo;
import spindrift.nix.StoreDir;
import spindrift.nix.StorePath;

/** An object for a test to push to a node, as Nix does, and to find there. */
record Pushed(NarInfo info, Bytes nar) {
  /** A folder with one file of noise; the same number gives the same object. */
  static Pushed object(int number, int size) throws Exception {
    byte[] noise = new byte[size];
    new Random(number).nextBytes(noise);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    NarWriter writer = new NarWriter(out);
    writer.startDirectory();
    writer.entry(Bytes.utf8("file"));
    writer.regular(FileMode.REGULAR, size, new ByteArrayInputStream(noise));
    writer.endDirectory();
    Bytes nar = Bytes.owning(out.toByteArray());
    StorePath path = new StorePath(String.format(Locale.ROOT, "%032d", number), "object");
    NixHash hash = NixHash.sha256Of(nar);
    NarInfo info =
        NarInfo.of(PathInfo.of(path, hash, nar.size(), List.of()))
            .withFile("nar/" + hash.nix32() + ".nar", Compression.NONE, hash, nar.size());
    return new Pushed(info, nar);
  }

  /** The status of the request that decided. */
  int push(String url) throws IOException, InterruptedException {
    String narUrl = url + "/" + info.url();
    if (TestNodes.request("HEAD", narUrl).statusCode() != 200) {
      int status = TestNodes.put(narUrl, nar.toArray()).statusCode();
      if (status != 200) {
        return status;
      }
    }
    byte[] text = info.render(StoreDir.DEFAULT).getBytes(StandardCharsets.UTF_8);
    return TestNodes.put(narInfoUrl(url), text).statusCode();
  }

  /** Whether a node has it; fails when it has something else in its place, or a part of it. */
  boolean isWhole(String url) throws Exception {
    HttpResponse<byte[]> found = TestNodes.request("GET", narInfoUrl(url));
    if (found.statusCode() == 404) {
      return false;
    }
    assertThat(found.statusCode()).isEqualTo(200);
    NarInfo here =
        NarInfo.parse(StoreDir.DEFAULT, new String(found.body(), StandardCharsets.UTF_8));
    assertThat(here.narHash()).isEqualTo(info.narHash());
    HttpResponse<byte[]> body = TestNodes.request("GET", url + "/" + here.url());
    assertThat(body.statusCode()).isEqualTo(200);
    assertThat(Bytes.copyOf(body.body())).isEqualTo(nar);
    return true;
  }

  private String narInfoUrl(String url) {
    return url + "/" + info.path().hashPart() + ".narinfo";
  }
}
