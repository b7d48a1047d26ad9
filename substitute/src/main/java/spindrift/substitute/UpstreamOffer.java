package spindrift.substitute;

import spindrift.nix.NarInfo;
import spindrift.upstream.Upstream;

/**
 * An upstream that says it has a store object.
 *
 * @param theirs its own narinfo, which says where its NAR is and how it is compressed; its NAR hash
 *     is that of the narinfo that passed the trust gate
 */
record UpstreamOffer(Upstream upstream, NarInfo theirs) {}
