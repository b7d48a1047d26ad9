package spindrift.http;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import spindrift.base.Bytes;

/** Certificates and keys in PEM. */
final class PemFile {
  /** Ours: the authorities of a system have some 200 KiB. */
  private static final int MAX_SIZE = 16 << 20;

  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");
  private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA");
  private static final HexFormat HEX = HexFormat.of();
  private static final String VERSION_0 = "020100";
  private static final String RSA = "300d06092a864886f70d0101010500";
  private static final String EC_PUBLIC_KEY = "06072a8648ce3d0201";
  private static final int CURVE_TAG = 0xa0;

  private final Path file;
  private final List<Block> blocks;

  private record Block(String type, Bytes content) {}

  private PemFile(Path file, List<Block> blocks) {
    this.file = file;
    this.blocks = blocks;
  }

  static PemFile read(Path file) throws IOException {
    if (Files.size(file) > MAX_SIZE) {
      throw new IOException(file + " is too long for certificates");
    }
    List<Block> blocks = new ArrayList<>();
    Matcher matcher = BLOCK.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
    while (matcher.find()) {
      // What stands before an empty line are the headers of an encrypted key.
      String body = matcher.group(2).replaceFirst("(?s)^.*:.*\n\r?\n", "");
      try {
        blocks.add(new Block(matcher.group(1), Bytes.owning(Base64.getMimeDecoder().decode(body))));
      } catch (IllegalArgumentException e) {
        throw new IOException(file + " is no PEM: " + e.getMessage());
      }
    }
    return new PemFile(file, blocks);
  }

  /** All certificates, in their order. */
  List<X509Certificate> certificates() throws IOException {
    try {
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      List<X509Certificate> found = new ArrayList<>();
      for (Block block : blocks) {
        if (block.type.equals("CERTIFICATE")) {
          found.add(
              (X509Certificate)
                  factory.generateCertificate(new ByteArrayInputStream(block.content.toArray())));
        }
      }
      return found;
    } catch (CertificateException e) {
      throw new IOException(file + " has a certificate that cannot be read", e);
    }
  }

  /** The first private key. */
  PrivateKey privateKey() throws IOException {
    for (Block block : blocks) {
      switch (block.type) {
        case "PRIVATE KEY" -> {
          return key(block.content.toArray());
        }
        case "RSA PRIVATE KEY" -> {
          return key(wrapped(HEX.parseHex(RSA), block.content.toArray()));
        }
        case "EC PRIVATE KEY" -> {
          byte[] algorithm = der(0x30, HEX.parseHex(EC_PUBLIC_KEY), curve(block.content.toArray()));
          return key(wrapped(algorithm, block.content.toArray()));
        }
        default -> {
          // Something else beside it.
        }
      }
    }
    throw new IOException(file + " has no private key that is not encrypted");
  }

  private PrivateKey key(byte[] pkcs8) throws IOException {
    for (String algorithm : ALGORITHMS) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
      } catch (GeneralSecurityException e) {
        // Perhaps it is of the next one.
      }
    }
    throw new IOException(file + " has a private key that is neither RSA, EC nor EdDSA");
  }

  private static byte[] wrapped(byte[] algorithm, byte[] key) {
    return der(0x30, HEX.parseHex(VERSION_0), algorithm, der(0x04, key));
  }

  /** The name of the curve in a key as SEC 1 has it: after version and number. */
  private byte[] curve(byte[] sec1) throws IOException {
    for (int at = 0; at + 2 < sec1.length; at++) {
      int end = at + 2 + sec1[at + 1];
      if ((sec1[at] & 0xff) == CURVE_TAG && sec1[at + 2] == 0x06 && end <= sec1.length) {
        return Arrays.copyOfRange(sec1, at + 2, end);
      }
    }
    throw new IOException(file + " has an EC key that does not name its curve");
  }

  private static byte[] der(int tag, byte[]... parts) {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      content.writeBytes(part);
    }
    int size = content.size();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(tag);
    if (size >= 0x80) {
      out.write(0x82);
      out.write(size >> 8);
    }
    out.write(size);
    out.writeBytes(content.toByteArray());
    return out.toByteArray();
  }
}
