package chaos

// The rows of the matrix.
const (
	sessionCorrelation = "session_correlation"
	concurrency        = "concurrency"
	seasonality        = "seasonality"
	incidents          = "incident"
	historySQLite      = "history (SQLite, TSDB)"
	historyPostgres    = "history (PostgreSQL)"
	summaries          = "llm_summary"
	assistant          = "assistant"
	sessionStore       = "session_store"
	redisStorage       = "redis_storage"
	proposals          = "assistant, receiver"
	nestingLimiter     = "nesting_limiter"
	grpcReconnect      = "grpc_reconnect"
	kafkaLookback      = "kafka_lookback"
	deadLetters        = "dead_letter_encoding"
)

// Its columns: the first four are those of a component's peers.
const (
	peerSlow    = "peer slow"
	peerDown    = "peer down"
	peerWrong   = "peer wrong"
	peerFull    = "peer full"
	diskFull    = "disk full"
	clockAhead  = "clock + 1 h"
	clockBehind = "clock − 1 h"
	memoryFull  = "memory limit"
	reload      = "SIGHUP"
	kill        = "kill -9"
)

var columns = []string{peerSlow, peerDown, peerWrong, peerFull, diskFull, clockAhead, clockBehind, memoryFull, reload, kill}

// row is a component: where it lives, the peers it has, and why some faults cannot meet it.
type row struct {
	component string
	folders   []string
	peers     []string
	without   map[string]string // reasons by column
}

const (
	embedded    = "it is embedded and has no peer but its disk"
	noDisk      = "it keeps nothing on a disk"
	serversDisk = "its disk is the server's, whose refusals are those of a full peer"
	noClock     = "it takes no sender's word for the time: what it reads carries the store's own"
	leaseClock  = "its lease is timed by the server alone; a new master's clock is package redisstorageextension's own test"
	answers     = "it only answers who sends to it, and has no peer"
	timeless    = "it reads no times"
)

var rows = []row{
	{component: sessionCorrelation, folders: []string{"processor/sessioncorrelationprocessor"}, peers: []string{backend, redis}},
	{component: concurrency, folders: []string{"processor/concurrencyprocessor"}, peers: []string{backend, redis}},
	{component: seasonality, folders: []string{"processor/seasonalityprocessor"}, peers: []string{backend}},
	{component: incidents, folders: []string{"connector/incidentconnector"}, peers: []string{backend}},
	{component: historySQLite, folders: historyFolders, without: map[string]string{
		peerSlow: embedded, peerDown: embedded, peerWrong: embedded, peerFull: embedded,
	}},
	{component: historyPostgres, folders: historyFolders, peers: []string{postgres}, without: map[string]string{diskFull: serversDisk}},
	{component: summaries, folders: []string{"exporter/llmsummaryexporter"}, peers: []string{model}},
	{component: assistant, folders: []string{"extension/assistantextension"}, peers: []string{postgres}, without: map[string]string{diskFull: noDisk}},
	{component: sessionStore, folders: []string{"receiver/sessionstorereceiver"}, peers: []string{redis}, without: map[string]string{
		diskFull: noDisk, clockAhead: noClock, clockBehind: noClock,
	}},
	{component: redisStorage, folders: []string{"extension/redisstorageextension"}, peers: []string{redis}, without: map[string]string{
		diskFull: noDisk, clockAhead: leaseClock, clockBehind: leaseClock,
	}},
	{component: proposals, folders: []string{"receiver/assistantreceiver"}, peers: []string{backend, postgres}, without: map[string]string{
		clockAhead: noClock, clockBehind: noClock,
	}},
	{component: nestingLimiter, folders: []string{"extension/nestinglimiterextension"}, without: map[string]string{
		peerSlow: answers, peerDown: answers, peerWrong: answers, peerFull: answers, diskFull: noDisk, clockAhead: timeless, clockBehind: timeless,
	}},
	{component: grpcReconnect, folders: []string{"extension/grpcreconnectextension"}, peers: []string{backend}, without: map[string]string{
		diskFull: noDisk, clockAhead: timeless, clockBehind: timeless,
	}},
	{component: kafkaLookback, folders: []string{"processor/kafkalookbackprocessor"}, peers: []string{broker, backend}, without: map[string]string{
		diskFull: noDisk, clockAhead: timeless, clockBehind: timeless,
	}},
	{component: deadLetters, folders: []string{"extension/deadletterencodingextension"}, peers: []string{broker}, without: map[string]string{
		clockAhead: timeless, clockBehind: timeless,
	}},
}

var historyFolders = []string{"exporter/historyexporter", "extension/historyextension"}

// peerFaults are the scenarios behind the columns of peers, by the word after the peer's name.
var peerFaults = map[string]string{peerSlow: "slow", peerDown: "down", peerWrong: "wrong", peerFull: "full"}

// scenariosOf names the scenarios in which a fault meets a component; none with a reason.
func (r *row) scenariosOf(column string) (names []string, reason string) {
	if reason := r.without[column]; reason != "" {
		return nil, reason
	}
	how, ofPeer := peerFaults[column]
	if !ofPeer {
		return []string{column}, ""
	}
	for _, name := range r.peers {
		names = append(names, name+" "+how)
	}
	return names, ""
}

// concerned lists the components whose cells a scenario fills.
func concerned(scenario string) []string {
	var all []string
	for i := range rows {
		for _, column := range columns {
			names, _ := rows[i].scenariosOf(column)
			for _, name := range names {
				if name == scenario {
					all = append(all, rows[i].component)
				}
			}
		}
	}
	return all
}
