package spindrift.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import spindrift.testkit.FaultyUpstream;

/** Caches by others as the doctor sees them. */
final class UpstreamCheckupTest {
  @TempDir Path folder;
  private FaultyUpstream upstream;

  @BeforeEach
  void serve() throws Exception {
    Files.writeString(folder.resolve("nix-cache-info"), "StoreDir: /nix/store\n");
    upstream = FaultyUpstream.over(folder);
  }

  @AfterEach
  void close() throws Exception {
    upstream.close();
  }

  private String found(Set<String> distrusted, String... urls) throws Exception {
    List<Finding> findings = new ArrayList<>();
    UpstreamSettings settings = UpstreamSettings.DEFAULTS.withMore(List.of(urls));
    new UpstreamCheckup(settings, distrusted).run(findings::add);
    return findings.toString();
  }

  private String found() throws Exception {
    return found(Set.of(), upstream.url());
  }

  @Test
  void saysThatOneAnswers() throws Exception {
    assertThat(found()).contains(upstream.url() + " answers in").doesNotContain("wrong NAR");
  }

  @Test
  void saysWhoGaveAWrongNar() throws Exception {
    assertThat(found(Set.of(upstream.url()), upstream.url()))
        .contains("gave a wrong NAR lately", "answers in");
  }

  @Test
  void saysThatOneIsForAnotherStore() throws Exception {
    Files.writeString(folder.resolve("nix-cache-info"), "StoreDir: /gnu/store\n");
    assertThat(found()).contains("is for the store /gnu/store");
  }

  @Test
  void saysThatOneIsNoCache() throws Exception {
    Files.delete(folder.resolve("nix-cache-info"));
    assertThat(found()).contains("has no nix-cache-info", "is the URL right?");
  }

  @ParameterizedTest
  @CsvSource({"500, cannot be asked", "403, has no nix-cache-info", "429, wants to be left alone"})
  void saysWhatAnAnswerMeans(int status, String expected) throws Exception {
    upstream.on("nix-cache-info").status(status);
    assertThat(found()).contains(expected);
  }

  @Test
  void saysThatAClockIsWrong() throws Exception {
    upstream.on("nix-cache-info").header("Date: Sat, 01 Jan 2000 00:00:00 GMT");
    assertThat(found()).contains("the clock here is", "timedatectl");
  }

  @Test
  void looksAtTheOthersWhenOneIsDead() throws Exception {
    upstream.down();
    try (FaultyUpstream other = FaultyUpstream.over(folder)) {
      assertThat(found(Set.of(), upstream.url(), other.url()))
          .contains(upstream.url() + " cannot be asked", other.url() + " answers in");
    }
  }
}
