package spindrift.substitute;

import java.lang.System.Logger.Level;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * Makes a platform thread one that runs when nobody else wants to, for processor and disk. The JDK
 * leaves the priority of threads alone on Linux; there the "process" 0 of {@code setpriority} is
 * the calling thread. Elsewhere nothing is done.
 */
final class IdlePriority {
  private static final int PRIO_PROCESS = 0;
  private static final int LOWEST = 19;

  private IdlePriority() {}

  /** Lowers the calling thread's priority for good. */
  @SuppressWarnings("restricted") // a call of the system's that takes three numbers
  static void lower() {
    if (!System.getProperty("os.name").equals("Linux")) {
      return;
    }
    Linker linker = Linker.nativeLinker();
    Optional<MemorySegment> function = linker.defaultLookup().find("setpriority");
    if (function.isEmpty()) {
      return;
    }
    MethodHandle setPriority =
        linker.downcallHandle(
            function.get(),
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT));
    try {
      int _ = (int) setPriority.invokeExact(PRIO_PROCESS, 0, LOWEST);
    } catch (Throwable e) {
      System.getLogger(IdlePriority.class.getName()).log(Level.DEBUG, "no idle priority", e);
    }
  }
}
