package spindrift.ipld;

/**
 * The top of a DAG that was built.
 *
 * @param tsize bytes of all blocks, each link counted
 */
public record DagRoot(Cid cid, long tsize) {}
