package spindrift.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.nix.NarListing;
import spindrift.nix.NarListingBuilder;
import spindrift.nix.NarReader;
import spindrift.nix.NarWriter;

class NarFuzzTest {
  @FuzzTest(maxDuration = "1m")
  void copy(byte[] input) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      NarWriter writer = new NarWriter(out);
      NarListingBuilder builder = new NarListingBuilder(writer);
      NarReader reader = new NarReader(new ByteArrayInputStream(input));
      reader.read(builder);
      int size = (int) reader.size();
      assertThat(writer.finish()).isEqualTo(size);
      assertThat(builder.offset()).isEqualTo(size);
      assertThat(Bytes.owning(out.toByteArray())).isEqualTo(Bytes.copyOf(input, 0, size));
      String listing = builder.finish().render();
      assertThat(NarListing.parse(Bytes.utf8(listing)).render()).isEqualTo(listing);
    } catch (FaultException refused) {
      assertThat(refused).hasMessageMatching("(?s).+");
    }
  }

  @FuzzTest(maxDuration = "1m")
  void listing(byte[] input) {
    try {
      NarListing listing = NarListing.parse(Bytes.copyOf(input));
      assertThat(NarListing.parse(Bytes.utf8(listing.render()))).isEqualTo(listing);
    } catch (FaultException refused) {
      assertThat(refused).hasMessageMatching("(?s).+");
    }
  }
}
