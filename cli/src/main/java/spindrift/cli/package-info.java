/**
 * The command line. {@link spindrift.cli.Main} is what Java starts.
 *
 * <p>Data go to standard output and everything said about them to standard error, one line a
 * problem. Exit codes: 0 done, 1 failed, 2 wrong use or configuration, 3 what was asked for is not
 * here.
 */
package spindrift.cli;
