package sketch

// Flush hands out every open bucket as it stands, and what came late and has not
// left, of the tiers that the plan emits, and changes nothing.
func (s *Series) Flush(emit func(Bucket)) error {
	for tier, buckets := range s.past {
		for _, b := range buckets {
			if b.dirty {
				emit(b.bucket(tier))
			}
		}
	}
	stored, err := s.AppendBinary(nil)
	if err != nil {
		return err
	}
	plan := *s.plan
	plan.Reach = 0 // the past has been dealt with
	twin := NewSeries(&plan, s.closed)
	if err := twin.Restore(stored); err != nil {
		return err
	}
	twin.Settle(s.closed) // what is open is not complete
	last, open := s.closed, true
	for open { // each pass closes the next tier's buckets
		if err := twin.Close(last, emit); err != nil {
			return err
		}
		last, open = twin.NextDue()
	}
	return nil
}
