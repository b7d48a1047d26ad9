package spindrift.fuse;

import java.nio.file.Path;

/**
 * A mounted file system, as a line of /proc/self/mountinfo tells of it.
 *
 * @param device its number, as in "0:45"
 * @param directory where it is mounted
 * @param type such as "fuse.spindrift"
 * @param source what was given as its device
 */
public record Mount(String device, Path directory, String type, String source) {}
