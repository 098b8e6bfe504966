package seasonal

// state is all that a Series remembers, of fixed size.
type state struct {
	Last    int64   // nanoseconds since the epoch, 0 before the first point
	First   int64   // seconds since the epoch
	Resumed int64   // when the series last came back after a gap
	Bin     int64   // five minutes since the epoch of the slot that is open
	Value   float64 // the latest
	Step    float32 // usual seconds between points
	Grain   float32 // smallest usual change of the value, for series that move in steps
	Points  uint32
	Stale   uint16 // points in a row that were not newer

	Profile  profile
	Horizons [len(leads)]horizon
	Past     [2][phases]histogram // errors in units of the usual one: at near leads, at far ones

	Recent [2 * slotsOfHour]brief // latest deviations from the usual day, by slot
	Rough  float32                // mean distance from the level: what is known before there is a pattern

	Open open
	Hour hour
	Move move
}

// open is the slot that is being filled.
type open struct {
	Base   float64 // the usual day there, before it learns
	Usual  [3]float64
	Before brief // the usual day there
	Was    brief // the value a day ago
	N      uint32
	Sum    float64
	Damped float64
}

// hour is the hour that is being filled, and what was known of it when it began.
type hour struct {
	ID               int64
	Sum, Seconds     float64
	Outside, Off     float32 // seconds above less those below the band; deviation times seconds
	Weeks, Kind, Day float64
}

// move watches for a change of level.
type move struct {
	At    int64   // when the latest change was made
	Last  float32 // and its size
	Sum   float32 // of the deviations of the hours outside
	Hours int16   // outside of the band, less two for each inside; negative when below
	Back  int16   // hours in a row that look like the end of the latest change
}
