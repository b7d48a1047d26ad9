package spindrift.fuse;

import spindrift.base.Bytes;

/** The names in a directory, listed a part at a time. */
public interface Directory {
  /** The node of the directory above; of the top directory itself. */
  long parent();

  /**
   * Hands names to a sink until it is full or there are no more; never blocks.
   *
   * <p>Each name comes with a cursor, and a later call goes on after the name whose cursor it
   * gives. That may be long after, and a directory that grows must not show a name twice or leave
   * out one that was there from the beginning: so a cursor belongs to a name, not to a position
   * among those of now.
   *
   * @param after the cursor of the last name that was taken; 0 to begin
   */
  void list(long after, Sink sink) throws FuseException;

  /** Takes names. */
  interface Sink {
    /**
     * Takes one name, neither "." nor "..".
     *
     * @param cursor from 1 to 2^62
     * @return whether it was taken; if not, the sink is full
     */
    boolean add(Bytes name, long cursor, Lookup.Entry entry);

    /**
     * Takes one name of which nothing more is known yet: it is listed without a type, and looked up
     * when a program asks for more.
     *
     * @param inode the number that it will have
     */
    boolean addName(Bytes name, long cursor, long inode);
  }
}
