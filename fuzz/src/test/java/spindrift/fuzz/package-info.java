/**
 * Fuzz targets: whatever the bytes, a reader gives a value that can be written again, or says whose
 * fault it is. The inputs under {@code <Class>Inputs/<method>} in the resources are replayed by
 * every build; what a run finds is put there and stays as a regression test.
 *
 * <pre>JAZZER_FUZZ=1 mvn -pl fuzz -am verify -Dtest='CarFuzzTest#verifying' \
 *     -Dsurefire.failIfNoSpecifiedTests=false</pre>
 */
package spindrift.fuzz;
