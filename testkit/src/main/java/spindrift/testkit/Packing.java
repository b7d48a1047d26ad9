package spindrift.testkit;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;
import spindrift.base.Bytes;

/** The formats that Nix packs NARs in. */
public enum Packing {
  NONE {
    @Override
    public OutputStream open(OutputStream out) {
      return out;
    }
  },
  XZ {
    @Override
    public OutputStream open(OutputStream out) throws IOException {
      return new XZOutputStream(out, new LZMA2Options(1));
    }
  },
  ZSTD {
    @Override
    public OutputStream open(OutputStream out) throws IOException {
      return new ZstdOutputStream(out);
    }
  },
  GZIP {
    @Override
    public OutputStream open(OutputStream out) throws IOException {
      return new GZIPOutputStream(out);
    }
  },
  BZIP2 {
    @Override
    public OutputStream open(OutputStream out) throws IOException {
      return new BZip2CompressorOutputStream(out, 1);
    }
  };

  /** A stream that packs what is written to it; closing it ends the file and closes the other. */
  public abstract OutputStream open(OutputStream out) throws IOException;

  /** What such a file of some content is. */
  public Bytes pack(Bytes content) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = open(bytes)) {
      content.writeTo(out);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return Bytes.owning(bytes.toByteArray());
  }
}
