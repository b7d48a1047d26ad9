package spindrift.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class NetrcTest {
  @Test
  void readsWhatCurlReads() {
    Netrc netrc =
        Netrc.parse(
            """
            # a comment with machine wrong.example login x password y
            machine one.example login me password s#cret
            machine two.example
              login "with blank"
              password "a\\"b\\\\c"
              account ignored
            macdef init
            machine not.example login x password y

            machine Three.example login a password b machine one.example login later password no
            default login anybody password all
            machine four.example login too password late
            """);
    assertThat(netrc.login("one.example")).contains(new Login("me", "s#cret"));
    assertThat(netrc.login("two.example")).contains(new Login("with blank", "a\"b\\c"));
    assertThat(netrc.login("three.example")).contains(new Login("a", "b"));
    assertThat(netrc.login("not.example")).contains(new Login("anybody", "all"));
    assertThat(netrc.login("four.example")).contains(new Login("anybody", "all"));
    assertThat(netrc.toString()).doesNotContain("s#cret");
    assertThat(new Login("me", "s#cret").toString()).doesNotContain("s#cret");
  }

  @Test
  void bearsWhatIsCutOff() {
    String whole = "machine h login \"u\\n\" password \"p\"\nmacdef x\nfoo\n\ndefault login d";
    for (int size = 0; size <= whole.length(); size++) {
      Netrc.parse(whole.substring(0, size)).login("h");
    }
    assertThat(Netrc.parse("").login("h")).isEmpty();
    assertThat(Netrc.EMPTY.login("h")).isEmpty();
  }
}
