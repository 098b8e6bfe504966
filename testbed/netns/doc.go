// Package netns gives tests networks of their own: Linux network namespaces without names, joined by cables (veth pairs) to a
// switch (a bridge), and cables that can be pulled out. What is sent into a cable that is out vanishes: nothing is refused and
// nothing is reset, as where a line to another site breaks.
//
// A namespace lives as long as its file is open in this process or a process is in it, and takes its devices with it. So
// nothing is left behind, however this process ends, and two runs do not see each other. It takes root and the program ip.
package netns
