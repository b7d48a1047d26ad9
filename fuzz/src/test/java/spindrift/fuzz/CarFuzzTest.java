package spindrift.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.ipld.CarReader;
import spindrift.ipld.CarReader.Check;
import spindrift.ipld.CarSection;
import spindrift.ipld.CarWriter;

class CarFuzzTest {
  @FuzzTest(maxDuration = "1m")
  void trusting(byte[] input) throws IOException {
    read(input, Check.TRUST);
  }

  @FuzzTest(maxDuration = "1m")
  void verifying(byte[] input) throws IOException {
    read(input, Check.VERIFY);
  }

  private static void read(byte[] input, Check check) throws IOException {
    try {
      CarReader reader = CarReader.open(new ByteArrayInputStream(input), check);
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      CarWriter writer = CarWriter.begin(out, reader.roots());
      List<CarSection> sections = new ArrayList<>();
      Optional<CarSection> section = reader.next();
      while (section.isPresent()) {
        CarSection found = section.get();
        assertThat(Bytes.copyOf(input).slice((int) found.dataOffset(), (int) found.end()))
            .isEqualTo(found.block().bytes());
        assertThat(reader.position()).isEqualTo(found.end());
        writer.write(found.block());
        sections.add(found);
        section = reader.next();
      }
      assertSame(sections, CarReader.open(new ByteArrayInputStream(out.toByteArray()), check));
    } catch (FaultException refused) {
      assertThat(refused).hasMessageMatching("(?s).+");
    }
  }

  private static void assertSame(List<CarSection> sections, CarReader reader)
      throws IOException, FaultException {
    for (CarSection section : sections) {
      assertThat(reader.next().map(CarSection::block)).contains(section.block());
    }
    assertThat(reader.next()).isEmpty();
  }
}
