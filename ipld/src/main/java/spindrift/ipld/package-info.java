/**
 * The formats of content-addressed data, as pure codecs; {@link spindrift.ipld.Cid} is where to
 * start.
 */
package spindrift.ipld;
