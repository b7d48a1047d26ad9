package spindrift.nix;

import spindrift.nix.SelfReferenceHash.Rule;

/**
 * The hash of a NAR modulo the references to its own object, by whichever rule gives the expected
 * one.
 *
 * <p>With the positions hashed, there is one NAR only: they say which zeros were references. That
 * needs the NAR to end where it should, or else positions could be written behind it. With the
 * positions dropped, any 32 zero bytes may have been a reference: there is one NAR only where there
 * is one place only, since an object that says it refers to itself does so once at least.
 */
final class SelfReferringNarDigest implements NarDigest {
  private final NixHash expected;
  private final SelfReferenceHash withPositions;
  private final SelfReferenceHash withoutPositions;
  private final NarParser structure = new NarParser(new NarParser.Events() {});

  SelfReferringNarDigest(String hashPart, NixHash expected) {
    this.expected = expected;
    this.withPositions = new SelfReferenceHash(hashPart, Rule.POSITIONS_HASHED);
    this.withoutPositions = new SelfReferenceHash(hashPart, Rule.POSITIONS_DROPPED);
  }

  @Override
  public void write(byte[] buffer, int from, int length) {
    withPositions.write(buffer, from, length);
    withoutPositions.write(buffer, from, length);
    structure.write(buffer, from, length);
  }

  @Override
  public Result finish() {
    NixHash first = withPositions.finish();
    NixHash second = withoutPositions.finish();
    if (!structure.isWhole() || withPositions.selfReferences() == 0) {
      return new Result.Unfit("not the NAR of an object that refers to itself");
    }
    boolean isAmbiguous = second.equals(expected) && withoutPositions.possibleReferences() != 1;
    return isAmbiguous
        ? new Result.Ambiguous(second)
        : new Result.Proved(second.equals(expected) ? second : first);
  }
}
