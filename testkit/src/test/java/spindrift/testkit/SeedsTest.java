package spindrift.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SeedsTest {
  @Test
  void aFailureNamesTheSeedThatRepeatsIt() {
    List<Long> drawn = new ArrayList<>();
    assertThatThrownBy(
            () ->
                Seeds.forEach(
                    10,
                    random -> {
                      drawn.add(random.nextLong());
                      assertThat(drawn).hasSizeLessThan(3);
                    }))
        .isInstanceOf(AssertionError.class)
        .satisfies(
            failure -> {
              String message = String.valueOf(failure.getMessage());
              long seed = Long.parseLong(message.substring(message.indexOf('=') + 1));
              assertThat(new Random(seed).nextLong()).isEqualTo(drawn.getLast());
            });
  }

  @Test
  void everyTrialDrawsSomethingElse() {
    List<Long> drawn = new ArrayList<>();
    Seeds.forEach(10, random -> drawn.add(random.nextLong()));
    assertThat(drawn).hasSize(10).doesNotHaveDuplicates();
  }
}
