package cost

import (
	"fmt"
	"os"
)

// anonymous returns how much of a process's resident memory no file has, in bytes; 0 where the system does not tell.
func anonymous(pid int) uint64 {
	statm, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0
	}
	var size, resident, shared uint64 // pages (proc_pid_statm(5))
	if _, err := fmt.Sscan(string(statm), &size, &resident, &shared); err != nil || shared > resident {
		return 0
	}
	return (resident - shared) * uint64(os.Getpagesize())
}
