package spindrift.substitute;

import java.io.IOException;
import java.lang.System.Logger.Level;
import spindrift.base.AbsentException;
import spindrift.base.ByteSource;
import spindrift.base.ByteTarget;
import spindrift.base.FaultException;
import spindrift.nix.NarInfo;

/** A NAR that others have, as clients read it. */
record AssembledNar(NarInfo info, NarAssemblies assemblies) implements ByteSource {
  private static final System.Logger LOG = System.getLogger(AssembledNar.class.getName());

  /** Ours: every attempt rules out at least one source that gave wrong bytes. */
  private static final int MAX_ATTEMPTS = 5;

  @Override
  public long size() {
    return info.narSize();
  }

  /** Counts what the client got. */
  private static final class Progress implements ByteTarget {
    private final ByteTarget target;
    private long bytes;

    Progress(ByteTarget target) {
      this.target = target;
    }

    @Override
    public void write(byte[] buffer, int from, int length) throws IOException {
      bytes += length;
      target.write(buffer, from, length);
    }

    @Override
    public void transfer(java.nio.channels.FileChannel file, long position, long length)
        throws IOException {
      bytes += length;
      target.transfer(file, position, length);
    }
  }

  @Override
  public void writeTo(ByteTarget target, long from, long to) throws IOException, FaultException {
    Progress progress = new Progress(target);
    if (to - from < info.narSize() && part(progress, from, to)) {
      assemblies.asked(info);
      return;
    }
    for (int attempt = 1; ; attempt++) {
      try (NarSpool.Reader reader = assemblies.reader(info, from + progress.bytes, to)) {
        assemblies.asked(info);
        reader.writeTo(progress);
        return;
      } catch (NarSpool.ReadFailure e) {
        FaultException fault = NarAssembly.faultOf(e.why());
        boolean isHopeless = fault instanceof AbsentException || attempt == MAX_ATTEMPTS;
        if (progress.bytes > 0 || isHopeless) {
          throw progress.bytes > 0
              ? fault
              : new AbsentException(String.valueOf(fault.getMessage()));
        }
        LOG.log(Level.DEBUG, "try again path={0} why={1}", info.path(), e.getMessage());
      }
    }
  }

  /** Fetches a range alone, where nobody fetches it all, and it is known to be right. */
  private boolean part(Progress progress, long from, long to) throws IOException {
    try (NarSpool.Reader reader = assemblies.join(info, from, to).orElse(null)) {
      if (reader != null) {
        reader.writeTo(progress);
        return true;
      }
    } catch (NarSpool.ReadFailure e) {
      LOG.log(Level.DEBUG, "try again path={0} why={1}", info.path(), e.getMessage());
      return false;
    }
    return new RangeFetch(assemblies.supply(), info).writeTo(progress, from, to);
  }
}
