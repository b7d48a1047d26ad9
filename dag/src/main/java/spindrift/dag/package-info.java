/**
 * UnixFS DAGs over blocks: cut files into leaves, build, walk and read.
 *
 * <p>Leaves are cut by {@link spindrift.dag.Chunker}, the same everywhere and for ever.
 */
package spindrift.dag;
