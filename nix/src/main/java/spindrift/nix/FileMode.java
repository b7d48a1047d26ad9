package spindrift.nix;

/** All that a NAR says about a regular file's permissions. */
public enum FileMode {
  REGULAR,
  EXECUTABLE
}
