package spindrift.ipld;

/**
 * A block in a CAR file.
 *
 * @param offset of the section (its length comes first) from the start of the file, in bytes
 * @param dataOffset of the block's bytes
 */
public record CarSection(Block block, long offset, long dataOffset) {
  /** Where the next section begins. */
  public long end() {
    return dataOffset + block.bytes().size();
  }
}
