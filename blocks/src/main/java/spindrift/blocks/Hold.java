package spindrift.blocks;

/** Protects a DAG from garbage collection until closed; closing twice does nothing. */
public interface Hold extends AutoCloseable {
  @Override
  void close();
}
