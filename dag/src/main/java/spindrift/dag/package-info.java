/**
 * UnixFS DAGs over blocks: files are cut into leaves and laid out, directories are written, and
 * both are read again.
 *
 * <p>Everything written here is a pure function of its input, so that two nodes which never met
 * make the same CIDs: the chunker's parameters and the layout are fixed for ever.
 */
package spindrift.dag;
