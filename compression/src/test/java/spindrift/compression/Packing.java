package spindrift.compression;

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
enum Packing {
  NONE {
    @Override
    OutputStream open(OutputStream out) {
      return out;
    }
  },
  XZ {
    @Override
    OutputStream open(OutputStream out) throws IOException {
      return new XZOutputStream(out, new LZMA2Options(1));
    }
  },
  ZSTD {
    @Override
    OutputStream open(OutputStream out) throws IOException {
      return new ZstdOutputStream(out);
    }
  },
  GZIP {
    @Override
    OutputStream open(OutputStream out) throws IOException {
      return new GZIPOutputStream(out);
    }
  },
  BZIP2 {
    @Override
    OutputStream open(OutputStream out) throws IOException {
      return new BZip2CompressorOutputStream(out, 1);
    }
  };

  abstract OutputStream open(OutputStream out) throws IOException;

  Bytes pack(Bytes content) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = open(bytes)) {
      content.writeTo(out);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return Bytes.owning(bytes.toByteArray());
  }
}
