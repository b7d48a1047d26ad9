package spindrift.blocks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LiveSetTest {
  private static final int KEYS = 20_000;

  @Test
  void knowsAllItWasGivenAndFewOthers() {
    LiveSet live = new LiveSet(KEYS, 42);
    for (int i = 0; i < KEYS; i++) {
      live.add(key(i));
    }
    int wrong = 0;
    for (int i = 0; i < KEYS; i++) {
      assertThat(live.contains(key(i))).isTrue();
      wrong += live.contains(key(-1 - i)) ? 1 : 0;
    }

    assertThat(wrong).isLessThan(KEYS / 200);
  }

  @Test
  void mistakesOthersForLiveWithAnotherSalt() {
    LiveSet one = new LiveSet(0, 1);
    LiveSet other = new LiveSet(0, 2);
    for (int i = 0; i < KEYS; i++) {
      one.add(key(i));
      other.add(key(i));
    }
    int inOne = 0;
    int inBoth = 0;
    for (int i = 0; i < KEYS; i++) {
      boolean first = one.contains(key(-1 - i));
      inOne += first ? 1 : 0;
      inBoth += first && other.contains(key(-1 - i)) ? 1 : 0;
    }

    assertThat(inOne).isPositive();
    assertThat(inBoth).isLessThan(inOne);
  }

  private static Key key(int seed) {
    return Key.of(Dags.leaf(seed, 8).cid());
  }
}
