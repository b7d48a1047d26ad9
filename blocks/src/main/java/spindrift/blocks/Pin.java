package spindrift.blocks;

import java.time.Instant;
import spindrift.ipld.Cid;

/**
 * A DAG that is kept until somebody says otherwise.
 *
 * @param label who keeps it or why; the same root may be pinned under several
 */
public record Pin(Cid root, String label, Instant since) {}
