// Package sketch counts distinct identities: who was there in the last five
// minutes, in this minute, in this hour.
//
// An identity enters as a 64-bit keyed hash (Hasher) and is never stored in the
// clear. Three structures hold hashes, each exact while few and each with a
// bounded size however many there are:
//
//   - Delta is one tick of one key: a set of hashes, above ExactLimit bit planes
//     (rank x register) that lose no order and no duplicate.
//   - Window is the sliding window of one key: a table of (hash, tick last seen),
//     above WindowExactLimit a last-seen matrix whose cells hold the tick they
//     were last hit in. Moving on by a tick subtracts one row of counters.
//   - Sketch is a closed bucket: a set of hashes, above ExactLimit an axiomhq
//     HyperLogLog of precision 14. It is what merges, travels and is stored.
//
// Every one of them is a pure function of the set of hashes put into it: order,
// repetition and the way a set was split over nodes change neither registers nor
// estimates. Series ties them together for one key: ticks close into the window
// and into a ladder of tumbling tiers, each merged from the one below.
//
// Nothing here is safe for concurrent use, and nothing asks what time it is.
package sketch
