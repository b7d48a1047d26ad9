package spindrift.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.ValueSource;
import spindrift.base.Multihash.Verdict;

class MultihashTest {
  @ParameterizedTest
  @CsvFileSource(resources = "/vectors/multihash/test_cases.csv", numLinesToSkip = 1)
  void provesThePublishedDigests(String algorithm, int bits, String input, String expected)
      throws Exception {
    Multihash hash = Multihash.fromBytes(Bytes.parseHex(expected));
    // The input column looks like hexadecimal, and it is the text itself that was hashed.
    Bytes content = Bytes.utf8(input);

    assertThat(hash.digest().size()).isEqualTo(bits / 8);
    assertThat(hash.toBytes().hex()).isEqualTo(expected);
    assertThat(hash.check(content)).isEqualTo(verdictFor(algorithm, bits));
  }

  private static Verdict verdictFor(String algorithm, int bits) {
    boolean computable = !algorithm.equals("sha3");
    return computable && bits >= Multihash.MIN_PROOF_BYTES * 8
        ? Verdict.MATCHES
        : Verdict.UNPROVABLE;
  }

  @Test
  void saysWhenContentIsAnother() {
    Bytes content = Bytes.utf8("snow");
    Bytes other = Bytes.utf8("rain");
    assertThat(Multihash.sha256Of(content).check(content)).isEqualTo(Verdict.MATCHES);
    assertThat(Multihash.sha256Of(content).check(other)).isEqualTo(Verdict.DIFFERS);
    assertThat(Multihash.identity(content).check(content)).isEqualTo(Verdict.MATCHES);
    assertThat(Multihash.identity(content).check(other)).isEqualTo(Verdict.DIFFERS);
  }

  @Test
  void aDigestLongerThanItsFunctionMakesMatchesNothing() {
    Bytes content = Bytes.utf8("snow");
    byte[] longer = new byte[33];
    Digests.sha256(content).copyTo(longer, 0);
    Multihash hash = new Multihash(Multihash.SHA2_256, Bytes.owning(longer));
    assertThat(hash.check(content)).isEqualTo(Verdict.DIFFERS);
  }

  @Test
  void provesNothingWithFunctionsThatCannotBeComputedHere() {
    Multihash blake3 = new Multihash(Multihash.BLAKE3, Bytes.owning(new byte[32]));
    assertThat(blake3.check(Bytes.EMPTY)).isEqualTo(Verdict.UNPROVABLE);
  }

  @Test
  void keepsUnknownCodes() throws Exception {
    Bytes bytes = Bytes.parseHex("ffffffffffffffff7f02abcd");
    Multihash hash = Multihash.fromBytes(bytes);
    assertThat(hash.code()).isEqualTo(Long.MAX_VALUE);
    assertThat(hash.toBytes()).isEqualTo(bytes);
  }

  @Test
  void writesBase58() {
    assertThat(Multihash.sha256Of(Bytes.EMPTY).toBase58())
        .isEqualTo("QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "12", "1220", "8000", "128000", "1202ab", "1201abcd", "12ffff"})
  void rejectsBytesThatAreNoMultihash(String hex) throws Exception {
    Bytes bytes = Bytes.parseHex(hex);
    assertThatThrownBy(() -> Multihash.fromBytes(bytes)).isInstanceOf(MalformedDataException.class);
  }

  @Test
  void rejectsEveryTruncation() {
    Bytes whole = Multihash.sha256Of(Bytes.EMPTY).toBytes();
    for (int size = 0; size < whole.size(); size++) {
      Bytes cut = whole.slice(0, size);
      assertThatThrownBy(() -> Multihash.fromBytes(cut)).isInstanceOf(MalformedDataException.class);
    }
  }

  @Test
  void digestsHaveALargestSize() throws Exception {
    Multihash largest = Multihash.identity(Bytes.owning(new byte[128]));
    assertThat(Multihash.fromBytes(largest.toBytes())).isEqualTo(largest);

    byte[] larger = new byte[3 + 129];
    larger[1] = (byte) 0x81;
    larger[2] = 1;
    assertThatThrownBy(() -> Multihash.fromBytes(Bytes.owning(larger)))
        .isInstanceOf(MalformedDataException.class)
        .hasMessageContaining("129");
    assertThatThrownBy(() -> Multihash.identity(Bytes.owning(new byte[129])))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Multihash.sha256(Bytes.owning(new byte[20])))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
