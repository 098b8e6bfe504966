package main

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMappingsOf_OnlyWhatWasNeverWritten(t *testing.T) {
	smaps := `00400000-05539000 r-xp 00000000 fe:00 5318542                            /usr/bin/a program
Size:              83172 kB
Anonymous:             0 kB
VmFlags: rd ex mr mw me
05539000-0b246000 r--p 05139000 fe:00 5318542                            /usr/bin/a program
Anonymous:             4 kB
0b246000-0b4cf000 rw-p 0ae46000 fe:00 5318542                            /usr/bin/a program
Anonymous:             0 kB
0b4cf000-0b53f000 r--p 00000000 fe:00 5318543                            /usr/bin/another
Anonymous:             0 kB
7fff0000-7fff1000 r-xp 00000000 00:00 0                                  [vdso]
Anonymous:             0 kB
`
	found, err := mappingsOf("/usr/bin/a program", strings.NewReader(smaps))
	require.NoError(t, err)
	assert.Equal(t, []mapping{{start: 0x400000, end: 0x5539000}}, found)
	_, err = mappingsOf("", strings.NewReader("x-y r-xp 0 0:0 0"))
	require.Error(t, err)
}

func TestUnmapUnwritten_ProgramGoesOn(t *testing.T) {
	program, err := os.Executable()
	require.NoError(t, err)
	smaps, err := os.Open("/proc/self/smaps")
	require.NoError(t, err)
	defer smaps.Close()
	found, err := mappingsOf(program, smaps)
	require.NoError(t, err)
	require.NotEmpty(t, found, "there is something to let go of")
	require.NoError(t, unmapUnwritten())
}
