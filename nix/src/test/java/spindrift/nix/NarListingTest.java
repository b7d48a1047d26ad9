package spindrift.nix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import spindrift.base.Bytes;
import spindrift.base.FaultException;
import spindrift.base.Json;
import spindrift.base.LimitExceededException;

final class NarListingTest {
  private static NarListing listing(Bytes nar) throws Exception {
    NarListingBuilder builder = new NarListingBuilder();
    long size = NarReader.read(new ByteArrayInputStream(nar.toArray()), builder);
    assertThat(builder.offset()).isEqualTo(size);
    return builder.finish();
  }

  @Test
  void writesWhatNixWrote() throws Exception {
    NarListing listing = listing(Vectors.read("nar/tree.nar"));
    assertThat(listing.render()).isEqualTo(Vectors.text("ls/tree-2.34.ls"));
    assertThat(NarListing.parse(Vectors.read("ls/tree-2.34.ls"))).isEqualTo(listing);
    assertThat(NarListing.parse(Vectors.read("ls/tree-2.8.ls"))).isEqualTo(listing);
  }

  @Test
  void findsContentsInTheNar() throws Exception {
    Bytes nar = Vectors.read("nar/tree.nar");
    NarListing listing = listing(nar);
    assertThat(listing.find(List.of(Bytes.utf8("run"))))
        .hasValueSatisfying(
            node -> {
              NarListing.File file = (NarListing.File) node;
              assertThat(file.mode()).isEqualTo(FileMode.EXECUTABLE);
              int offset = (int) file.narOffset();
              assertThat(nar.slice(offset, offset + (int) file.size()).display())
                  .isEqualTo("#!/bin/sh\n");
            });
    assertThat(listing.find(List.of())).hasValue(listing.root());
    assertThat(listing.find(List.of(Bytes.utf8("absent")))).isEmpty();
    assertThat(listing.find(List.of(Bytes.utf8("run"), Bytes.utf8("x")))).isEmpty();
  }

  @Test
  void survivesNamesThatAreNotUtf8() throws Exception {
    NarListing listing = listing(Vectors.read("nar/latin.nar"));
    assertThat(listing.render()).contains("\"caf\ufffd\":{").contains("\"target\":\"caf\ufffd\"");
    assertThat(NarListing.parse(Bytes.utf8(listing.render())).render()).isEqualTo(listing.render());
    assertThat(NarListing.parse(Vectors.read("ls/latin-2.8.ls")).render())
        .isEqualTo(listing.render());
  }

  @Test
  void listsTheFirstOfNamesThatLookTheSame() throws Exception {
    NarListingBuilder builder = new NarListingBuilder();
    builder.startDirectory();
    builder.entry(Bytes.of('a', 0xe8));
    builder.symlink(Bytes.utf8("first"));
    builder.entry(Bytes.of('a', 0xe9));
    builder.symlink(Bytes.utf8("second"));
    builder.endDirectory();
    String json = builder.finish().render();
    assertThat(json).contains("first").doesNotContain("second");
    assertThat(Json.parse(json)).isNotNull();
  }

  @Test
  void letsTheNarPassThrough() throws Exception {
    Bytes nar = Vectors.read("nar/tree.nar");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    NarListingBuilder builder = new NarListingBuilder(new NarWriter(out));
    NarReader.read(new ByteArrayInputStream(nar.toArray()), builder);
    assertThat(Bytes.owning(out.toByteArray())).isEqualTo(nar);
  }

  @Test
  void listsTheDeepestNarThatCanBeRead() throws Exception {
    NarListing listing = listing(NarReaderTest.nested(NarFormat.MAX_DEPTH));
    assertThat(NarListing.parse(Bytes.utf8(listing.render())).render()).isEqualTo(listing.render());
  }

  @Test
  void letsTheNarPassThroughEvenWhereItIsTooLargeToList() throws Exception {
    NarListingBuilder builder = new NarListingBuilder();
    builder.startDirectory();
    for (int i = 0; i < NarListingBuilder.MAX_NODES; i++) {
      builder.entry(Bytes.of('a' + (i >> 16), i >> 8 & 0xff, i & 0xff));
      builder.symlink(Bytes.utf8("t"));
    }
    builder.endDirectory();
    assertThatThrownBy(builder::finish).isInstanceOf(LimitExceededException.class);
  }

  @Test
  void hasNoListingOfHalfANar() throws Exception {
    NarListingBuilder builder = new NarListingBuilder();
    builder.startDirectory();
    assertThatThrownBy(builder::finish).isInstanceOf(IllegalStateException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{}",
        "{\"version\":2,\"root\":{\"type\":\"symlink\",\"target\":\"a\"}}",
        "{\"version\":1}",
        "{\"version\":1,\"root\":[]}",
        "{\"version\":1,\"root\":{}}",
        "{\"version\":1,\"root\":{\"type\":\"fifo\"}}",
        "{\"version\":1,\"root\":{\"type\":\"symlink\"}}",
        "{\"version\":1,\"root\":{\"type\":\"regular\",\"size\":-1}}",
        "{\"version\":1,\"root\":{\"type\":\"regular\",\"size\":1,\"narOffset\":-1}}",
        "{\"version\":1,\"root\":{\"type\":\"regular\",\"size\":\"1\"}}",
        "{\"version\":1,\"root\":{\"type\":\"directory\"}}",
        "{\"version\":1,\"root\":{\"type\":\"directory\",\"entries\":{\"a\":1}}}",
        "{\"version\":1,\"root\":{\"type\":\"directory\",\"entries\":{\"a/b\":{\"type\":\"symlink\",\"target\":\"a\"}}}}",
      })
  void rejectsOtherDocuments(String json) {
    assertThatThrownBy(() -> NarListing.parse(Bytes.utf8(json))).isInstanceOf(FaultException.class);
  }
}
