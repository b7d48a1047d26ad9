package spindrift.ipld;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import spindrift.base.AbsentException;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.Json;
import spindrift.base.JsonObject;
import spindrift.base.JsonValue;
import spindrift.base.MalformedDataException;

/** The published vectors, read from the class path; PROVENANCE.md beside them says whence. */
final class Vectors {
  static final String HAMT = "single-layer-hamt-with-multi-block-files.car";

  private Vectors() {}

  /** A block of the codec fixtures. */
  record Fixture(String name, Cid cid, Bytes bytes) {
    @Override
    public String toString() {
      return name;
    }
  }

  /** Bytes that a strict decoder refuses. */
  record Refused(String name, Bytes bytes) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Fixture> codecFixtures(String codec) throws IOException, FaultException {
    List<Fixture> fixtures = new ArrayList<>();
    for (String line : text("codec-fixtures/fixtures.tsv").lines().toList()) {
      String[] columns = line.split("\t", -1);
      if (columns[1].equals(codec)) {
        fixtures.add(new Fixture(columns[0], Cid.parse(columns[2]), Bytes.parseHex(columns[3])));
      }
    }
    return fixtures.stream();
  }

  static Stream<Refused> refused(String file) throws IOException, FaultException {
    List<Refused> refused = new ArrayList<>();
    if (!(Json.parse(text("codec-fixtures/" + file)) instanceof JsonValue.Items items)) {
      throw new MalformedDataException(file, 0, "not a list");
    }
    for (JsonValue item : items.values()) {
      JsonObject object = Json.asObject(item);
      refused.add(new Refused(object.text("name"), Bytes.parseHex(object.text("hex"))));
    }
    return refused.stream();
  }

  static Bytes bytes(String path) throws IOException {
    try (InputStream in =
        Objects.requireNonNull(Vectors.class.getResourceAsStream("/vectors/" + path), path)) {
      return Bytes.owning(in.readAllBytes());
    }
  }

  static Car car(String name) throws IOException, FaultException {
    CarReader reader = CarReader.open(stream(bytes("unixfs/" + name)), CarReader.Check.VERIFY);
    Map<Cid, Bytes> blocks = new LinkedHashMap<>();
    Optional<CarSection> section = reader.next();
    while (section.isPresent()) {
      blocks.put(section.get().block().cid(), section.get().block().bytes());
      section = reader.next();
    }
    return new Car(reader.roots(), blocks);
  }

  static InputStream stream(Bytes bytes) {
    return new ByteArrayInputStream(bytes.toArray());
  }

  private static String text(String path) throws IOException {
    return bytes(path).display();
  }

  /** A CAR file in memory. */
  record Car(List<Cid> roots, Map<Cid, Bytes> blocks) implements BlockSource {
    @Override
    public Bytes load(Cid cid) throws AbsentException {
      Bytes bytes = blocks.get(cid);
      if (bytes == null) {
        throw new AbsentException("block " + cid);
      }
      return bytes;
    }
  }
}
