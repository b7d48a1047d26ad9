/** Codecs of the InterPlanetary formats: CID, DAG-PB, DAG-CBOR, UnixFS, HAMT and CAR. */
@org.jspecify.annotations.NullMarked
module spindrift.ipld {
  requires transitive spindrift.base;
  requires static org.jspecify;

  exports spindrift.ipld;
}
