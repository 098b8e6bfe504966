package collector

import (
	"fmt"

	"github.com/shirou/gopsutil/v4/process"
)

// Usage is what a process has used.
type Usage struct {
	CPUSeconds float64
	RSSBytes   uint64 // now, not at its highest
}

// Usage reads what the collector has used so far.
func (p *Process) Usage() (Usage, error) {
	proc, err := process.NewProcess(int32(p.PID()))
	if err != nil {
		return Usage{}, fmt.Errorf("reading usage: %w", err)
	}
	times, err := proc.Times()
	if err != nil {
		return Usage{}, fmt.Errorf("reading CPU time: %w", err)
	}
	memory, err := proc.MemoryInfo()
	if err != nil {
		return Usage{}, fmt.Errorf("reading memory: %w", err)
	}
	return Usage{CPUSeconds: times.User + times.System, RSSBytes: memory.RSS}, nil
}
