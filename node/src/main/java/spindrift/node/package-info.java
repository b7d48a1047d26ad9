/**
 * A node put together: its configuration, its data directory, its life cycle, and the operations
 * that commands ask for, in the process or through the control socket.
 */
package spindrift.node;
