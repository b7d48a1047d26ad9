package spindrift.nix;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import spindrift.base.Bytes;

/** Writes down what it is told, a line for each call; contents are read or not, as asked. */
final class NarRecorder implements NarVisitor {
  final List<String> calls = new ArrayList<>();
  int bytesToRead = Integer.MAX_VALUE;

  @Override
  public void startDirectory() {
    calls.add("directory");
  }

  @Override
  public void entry(Bytes name) {
    calls.add("entry " + name.display());
  }

  @Override
  public void endDirectory() {
    calls.add("end");
  }

  @Override
  public void regular(FileMode mode, long size, InputStream contents) throws IOException {
    Bytes read = Bytes.owning(contents.readNBytes(bytesToRead));
    String text = read.size() > 20 ? "(" + read.size() + " bytes)" : read.display();
    calls.add(mode + " " + size + " " + text.strip());
  }

  @Override
  public void symlink(Bytes target) {
    calls.add("link " + target.display());
  }
}
